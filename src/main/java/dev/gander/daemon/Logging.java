package dev.gander.daemon;

import java.io.IOException;
import java.io.PrintStream;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

/**
 * The log behind every room's {@link System.Logger}: one line per event, {@code TIME level room:
 * message}. Levels are dae's: trace, debug, info, warn, error.
 */
final class Logging {

  private static final String PREFIX = "dev.gander.";
  // A strong reference: LogManager holds loggers weakly, and a collected one forgets its level.
  private static final Logger OURS = Logger.getLogger("dev.gander");

  private Logging() {}

  /**
   * Replaces every handler of the root logger.
   *
   * @throws StartException if the log file cannot be written
   */
  static void start(LogOptions options, PrintStream standardError) throws StartException {
    Formatter lines = new Lines(options.timestamps(), options.journal());
    Handler handler;
    if (options.file().isPresent()) {
      try {
        handler =
            new LogFile(options.file().get(), options.maxBytes(), options.maxBackups(), lines);
      } catch (IOException e) {
        throw new StartException(
            "cannot write the log file: " + Failures.reason(e) + "; see --logfile", e);
      }
    } else {
      handler = new Unbuffered(standardError, lines);
    }
    handler.setLevel(Level.ALL);
    LogManager.getLogManager().reset();
    Logger.getLogger("").addHandler(handler);
    Logger.getLogger("").setLevel(Level.WARNING);
    OURS.setLevel(Level.INFO);
  }

  /** From now on events of {@code name} and above; an unknown name means info. */
  static void level(String name) {
    OURS.setLevel(
        switch (name) {
          case "trace" -> Level.FINER;
          case "debug" -> Level.FINE;
          case "warn", "warning" -> Level.WARNING;
          case "error", "fatal", "panic" -> Level.SEVERE;
          default -> Level.INFO;
        });
  }

  /** Writes each event out at once. */
  private static final class Unbuffered extends StreamHandler {
    Unbuffered(PrintStream out, Formatter formatter) {
      super(out, formatter);
    }

    @Override
    public synchronized void publish(LogRecord entry) {
      super.publish(entry);
      flush();
    }
  }

  /** One event, one line; a failure's stack trace follows only from debug on. */
  static final class Lines extends Formatter {
    private final boolean timestamps;
    private final boolean journal;
    private final DateTimeFormatter time;

    Lines(boolean timestamps, boolean journal) {
      this.timestamps = timestamps;
      this.journal = journal;
      this.time =
          DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS ").withZone(ZoneId.systemDefault());
    }

    @Override
    public String format(LogRecord entry) {
      StringBuilder line = new StringBuilder(160);
      if (journal) {
        line.append('<').append(priority(entry.getLevel())).append('>');
      } else if (timestamps) {
        time.formatTo(entry.getInstant(), line);
      }
      String name = String.valueOf(entry.getLoggerName());
      line.append(levelName(entry.getLevel()))
          .append(name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name)
          .append(": ")
          .append(formatMessage(entry).strip().replace("\n", "\n    "));
      Throwable failure = entry.getThrown();
      if (failure != null) {
        appendFailure(failure, line);
      }
      return line.append('\n').toString();
    }

    private static void appendFailure(Throwable failure, StringBuilder line) {
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        line.append(": ").append(cause);
      }
      if (OURS.isLoggable(Level.FINE)) {
        for (StackTraceElement frame : failure.getStackTrace()) {
          line.append("\n    at ").append(frame);
        }
      }
    }

    private static String levelName(Level level) {
      int value = level.intValue();
      if (value >= Level.SEVERE.intValue()) {
        return "error ";
      }
      if (value >= Level.WARNING.intValue()) {
        return "warn  ";
      }
      if (value >= Level.INFO.intValue()) {
        return "info  ";
      }
      return value >= Level.FINE.intValue() ? "debug " : "trace ";
    }

    /** syslog(3)'s severities. */
    private static int priority(Level level) {
      int value = level.intValue();
      if (value >= Level.SEVERE.intValue()) {
        return 3;
      }
      if (value >= Level.WARNING.intValue()) {
        return 4;
      }
      return value >= Level.INFO.intValue() ? 6 : 7;
    }
  }
}
