package dev.gander.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What the standard streams are. Looks in /proc, for System.console() costs 30 ms of start. */
final class Terminal {

  private Terminal() {}

  /** Standard output is a terminal, and nobody asked for plain text (no-color.org). */
  static boolean colours(Map<String, String> environment) {
    return environment.getOrDefault("NO_COLOR", "").isEmpty()
        && !environment.getOrDefault("TERM", "").equals("dumb")
        && isTerminal(1);
  }

  /**
   * Whether standard error goes to the journal, systemd.exec(5): {@code $JOURNAL_STREAM} is its
   * device and inode, and is inherited by programs whose standard error is something else.
   */
  static boolean standardErrorIsJournal(Map<String, String> environment) {
    String stream = environment.getOrDefault("JOURNAL_STREAM", "");
    if (stream.isEmpty()) {
      return false;
    }
    try {
      Map<String, Object> file = Files.readAttributes(Path.of("/proc/self/fd/2"), "unix:dev,ino");
      return stream.equals(file.get("dev") + ":" + file.get("ino"));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isTerminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }
}
