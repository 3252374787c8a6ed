package dev.gander.cli;

import dev.gander.daemon.LogOptions;
import dev.gander.daemon.RunOptions;
import dev.gander.daemon.RuntimeFiles;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The words after {@code gander run}, read without picocli where nothing is wrong with them. */
final class RunArguments {

  static final int DEFAULT_MEGABYTES = 30;
  static final int DEFAULT_BACKUPS = 3;
  private static final Path STATE = Path.of("/var/lib/gander");
  private static final long MEBIBYTE = 1 << 20;

  private final Map<String, String> environment;
  private @Nullable Path configuration;
  private @Nullable Path logFile;
  private @Nullable Path runtimeDirectory;
  private @Nullable Path stateDirectory;
  private int megabytes = DEFAULT_MEGABYTES;
  private int backups = DEFAULT_BACKUPS;
  private boolean timestamps = true;
  private boolean pidFile = true;

  private RunArguments(Map<String, String> environment) {
    this.environment = environment;
  }

  /** Empty for anything that is not plainly right, {@code --help} too: picocli has words for it. */
  static Optional<RunOptions> parse(List<String> words, Map<String, String> environment) {
    RunArguments arguments = new RunArguments(environment);
    try {
      Iterator<String> rest = words.iterator();
      while (rest.hasNext()) {
        if (!arguments.take(rest.next(), rest)) {
          return Optional.empty();
        }
      }
      return Optional.of(arguments.options());
    } catch (InvalidPathException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private boolean take(String word, Iterator<String> rest) {
    if (word.equals("--disable-timestamp")) {
      timestamps = false;
      return true;
    }
    if (word.equals("--disable-pidfile")) {
      pidFile = false;
      return true;
    }
    int equals = word.startsWith("--") ? word.indexOf('=') : -1;
    if (equals >= 0) {
      return take(word.substring(0, equals), word.substring(equals + 1));
    }
    return rest.hasNext() && take(word, rest.next());
  }

  private boolean take(String name, String value) {
    if (value.isEmpty() || value.startsWith("-")) {
      return false;
    }
    switch (name) {
      case "-c", "--config" -> configuration = Path.of(value);
      case "--logfile" -> logFile = Path.of(value);
      case "--runtime-dir" -> runtimeDirectory = Path.of(value);
      case "--state-dir" -> stateDirectory = Path.of(value);
      case "--logfile-maxsize" -> megabytes = Integer.parseInt(value);
      case "--logfile-maxbackups" -> backups = Integer.parseInt(value);
      default -> {
        return false;
      }
    }
    return true;
  }

  private RunOptions options() {
    Path directory =
        runtimeDirectory != null ? runtimeDirectory : RuntimeFiles.defaultDirectory(environment);
    return options(
        configuration,
        logFile,
        megabytes,
        backups,
        timestamps,
        pidFile,
        directory,
        stateDirectory,
        environment);
  }

  /** What the words mean, whoever read them. */
  static RunOptions options(
      @Nullable Path configuration,
      @Nullable Path logFile,
      int megabytes,
      int backups,
      boolean timestamps,
      boolean pidFile,
      Path runtimeDirectory,
      @Nullable Path stateDirectory,
      Map<String, String> environment) {
    LogOptions log =
        new LogOptions(
            Optional.ofNullable(logFile),
            Math.max(1, megabytes) * MEBIBYTE,
            Math.max(0, backups),
            timestamps,
            logFile == null && Terminal.standardErrorIsJournal(environment));
    return new RunOptions(
        Optional.ofNullable(configuration),
        runtimeDirectory,
        stateDirectory(configuration, runtimeDirectory, stateDirectory, environment),
        pidFile,
        log,
        environment);
  }

  /**
   * The one given; else what systemd gives ({@code StateDirectory=}); else root's usual one for the
   * machine's one daemon, but none for a daemon with a run-time directory of its own, as in a lab.
   */
  private static Optional<Path> stateDirectory(
      @Nullable Path configuration,
      Path runtimeDirectory,
      @Nullable Path given,
      Map<String, String> environment) {
    if (given != null) {
      return Optional.of(given);
    }
    String systemd = environment.getOrDefault("STATE_DIRECTORY", "");
    if (!systemd.isEmpty()) {
      return Optional.of(Path.of(systemd.split(":", 2)[0]));
    }
    boolean usual =
        configuration != null
            && RuntimeFiles.uid() == 0
            && runtimeDirectory.equals(RuntimeFiles.defaultDirectory(environment));
    return usual ? Optional.of(STATE) : Optional.empty();
  }
}
