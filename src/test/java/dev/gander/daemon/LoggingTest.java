package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggingTest {

  @TempDir private Path temporary;

  private static LogRecord event(Level level, String text) {
    LogRecord event = new LogRecord(level, text);
    event.setLoggerName("dev.gander.listen");
    event.setInstant(Instant.EPOCH);
    return event;
  }

  @Test
  void anEventIsOneLineWithLevelAndRoom() {
    Formatter plain = new Logging.Lines(false, false);
    assertThat(plain.format(event(Level.INFO, "hello"))).isEqualTo("info  listen: hello\n");
    assertThat(plain.format(event(Level.WARNING, "hm"))).isEqualTo("warn  listen: hm\n");
    assertThat(plain.format(event(Level.SEVERE, "no"))).isEqualTo("error listen: no\n");
    assertThat(plain.format(event(Level.FINE, "x"))).isEqualTo("debug listen: x\n");
    assertThat(plain.format(event(Level.FINER, "x"))).isEqualTo("trace listen: x\n");
  }

  @Test
  void aTimestampCanBeHadAndLeftOut() {
    assertThat(new Logging.Lines(true, false).format(event(Level.INFO, "hello")))
        .matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} info  listen: hello\n");
  }

  @Test
  void theJournalGetsPriorities() {
    assertThat(new Logging.Lines(true, true).format(event(Level.WARNING, "hm")))
        .isEqualTo("<4>warn  listen: hm\n");
  }

  @Test
  void aFailureIsToldInTheSameLine() {
    LogRecord event = event(Level.WARNING, "cannot");
    event.setThrown(new IOException("outer", new IllegalStateException("inner")));
    assertThat(new Logging.Lines(false, false).format(event))
        .isEqualTo(
            "warn  listen: cannot: java.io.IOException: outer:"
                + " java.lang.IllegalStateException: inner\n");
  }

  @Test
  void aFullLogFileIsPutAsideAndSoManyAreKept() throws IOException {
    Path file = temporary.resolve("gander.log");
    LogFile log = new LogFile(file, 40, 2, new Logging.Lines(false, false));
    for (int i = 1; i <= 8; i++) {
      log.publish(event(Level.INFO, "event " + i)); // 22 bytes: one fits, two do not
    }
    log.close();
    assertThat(file).hasContent("info  listen: event 8");
    assertThat(temporary.resolve("gander.log.1")).hasContent("info  listen: event 7");
    assertThat(temporary.resolve("gander.log.2")).hasContent("info  listen: event 6");
    assertThat(temporary.resolve("gander.log.3")).doesNotExist();
  }

  @Test
  void aLogFileGoesOnWhereItEnded() throws IOException {
    Path file = temporary.resolve("gander.log");
    Files.writeString(file, "before\n");
    LogFile log = new LogFile(file, 1 << 20, 0, new Logging.Lines(false, false));
    log.publish(event(Level.INFO, "after"));
    log.close();
    assertThat(file).hasContent("before\ninfo  listen: after");
  }
}
