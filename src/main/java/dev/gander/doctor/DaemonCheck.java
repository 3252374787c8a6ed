package dev.gander.doctor;

import dev.gander.daemon.ControlClient;
import dev.gander.daemon.Failures;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The daemon of a run-time directory, if it answers.
 *
 * @param pid 0 if there is none
 */
record DaemonCheck(Optional<ControlClient> client, long pid) {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Looks for it. */
  static DaemonCheck of(Path directory, Optional<Path> file, Report report) {
    ControlClient client = new ControlClient(directory);
    String start = "gander run" + file.map(it -> " -c " + it).orElse("");
    try {
      Map<String, Object> status = client.status(PATIENCE);
      Object generation = status.get("generation");
      String running =
          "process %s, generation %s of %s, %s"
              .formatted(
                  status.get("pid"), generation, status.get("configuration"), status.get("state"));
      if ("suspended".equals(status.get("state"))) {
        report.warning("daemon", running, "gander reload --runtime-dir " + directory);
      } else if (file.isPresent() && !isOf(file.get(), status)) {
        report.warning(
            "daemon", running + ": not the file that is looked at", "gander doctor -c FILE");
      } else {
        report.ok("daemon", running);
      }
      return new DaemonCheck(
          Optional.of(client), status.get("pid") instanceof Long number ? number : 0);
    } catch (StartException e) {
      report.warning("daemon", Failures.reason(e), start);
    } catch (IOException e) {
      report.wrong("daemon", "does not answer: " + Failures.reason(e), "systemctl restart gander");
    }
    return new DaemonCheck(Optional.empty(), 0);
  }

  private static boolean isOf(Path file, Map<String, Object> status) {
    Path running = Path.of(String.valueOf(status.get("configuration")));
    return running.toAbsolutePath().normalize().equals(file.toAbsolutePath().normalize());
  }

  boolean isRunning() {
    return client.isPresent();
  }
}
