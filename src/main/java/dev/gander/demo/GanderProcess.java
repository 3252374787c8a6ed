package dev.gander.demo;

import dev.gander.daemon.ControlClient;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One real daemon, started as a child. */
final class GanderProcess {

  private static final Duration STEP = Duration.ofMillis(25);
  private static final int STEPS = 800;

  private final Process process;
  private final Path log;
  private final ControlClient control;

  private GanderProcess(Process process, Path log, Path runtimeDirectory) {
    this.process = process;
    this.log = log;
    this.control = new ControlClient(runtimeDirectory);
  }

  /**
   * Starts it and waits until it says that it runs.
   *
   * @param around words before the command, such as nsenter's; may be empty
   * @throws DemoFailure if it ends, or does not come up within 20 s; carries its log
   */
  static GanderProcess start(
      Lab lab, List<String> around, Launcher launcher, Path configuration, Path runtimeDirectory)
      throws IOException, DemoFailure {
    Path log = lab.file("gander.log");
    List<String> command = new ArrayList<>(around);
    command.addAll(
        launcher.command(
            "run", "-c", configuration.toString(), "--runtime-dir", runtimeDirectory.toString()));
    GanderProcess gander = new GanderProcess(lab.start(command, log), log, runtimeDirectory);
    for (int i = 0; i < STEPS && gander.process.isAlive(); i++) {
      if (gander.answersStatus()) {
        return gander;
      }
      lab.pause(STEP);
    }
    throw new DemoFailure("the daemon did not come up:\n" + gander.log());
  }

  private boolean answersStatus() {
    try {
      return "running".equals(status().get("state"));
    } catch (IOException | StartException e) {
      return false;
    }
  }

  Map<String, Object> status() throws IOException, StartException {
    return control.status(Duration.ofSeconds(5));
  }

  long pid() {
    return process.pid();
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL; returns once it is gone. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGTERM; its exit status, or -1 if it is not gone within {@code patience}. */
  int terminate(Duration patience) throws InterruptedException {
    process.destroy();
    return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
  }
}
