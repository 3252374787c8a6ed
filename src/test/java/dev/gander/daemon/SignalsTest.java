package dev.gander.daemon;

import static dev.gander.daemon.RunningDaemon.configuration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signals to a daemon that is a process of its own. */
class SignalsTest {

  private static final long PATIENCE_SECONDS = 30;

  @TempDir private Path folder;
  private TestUpstream upstream;
  private Process daemon;

  @BeforeEach
  void start() throws Exception {
    upstream = new TestUpstream("192.0.2.1");
    RunningDaemon.write(folder, configuration("udp://127.0.0.1:0", upstream.port(), ""));
    daemon = launch();
  }

  @AfterEach
  void end() {
    upstream.close();
    daemon.destroyForcibly();
  }

  private Process launch() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.gander.cli.Main",
            "run",
            "-c",
            folder.resolve("test.dae").toString(),
            "--runtime-dir",
            RunningDaemon.run(folder).toString());
    builder.environment().putAll(Map.of("_JAVA_SR_SIGNUM", "35"));
    Process process =
        builder.redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
    Eventually.holds(() -> process.isAlive() && isServing(process));
    return process;
  }

  private boolean isServing(Process process) throws IOException {
    try {
      return Long.valueOf(process.pid()).equals(status().get("pid"));
    } catch (StartException e) {
      return false;
    }
  }

  private Map<String, Object> status() throws IOException, StartException {
    return new ControlClient(RunningDaemon.run(folder)).status(Duration.ofSeconds(30));
  }

  private void signal(String name) throws Exception {
    assertThat(
            new ProcessBuilder(List.of("kill", "-" + name, String.valueOf(daemon.pid())))
                .start()
                .waitFor())
        .isZero();
  }

  private boolean progressIs(Progress.Code code) throws IOException {
    return RuntimeFiles.readProgress(RunningDaemon.run(folder))
        .filter(progress -> progress.code() == code)
        .isPresent();
  }

  @Test
  void usr1ReloadsUsr2SuspendsHupIsIgnoredAndTermEnds() throws Exception {
    signal("HUP");
    signal("USR1");
    Eventually.holds(() -> progressIs(Progress.Code.DONE));
    assertThat(status()).containsEntry("generation", 2L).containsEntry("state", "running");

    signal("USR2");
    Eventually.holds(() -> "suspended".equals(status().get("state")));

    RunningDaemon.write(folder, "global {");
    signal("USR1");
    Eventually.holds(() -> progressIs(Progress.Code.ERROR));
    assertThat(status()).containsEntry("state", "suspended");

    signal("TERM");
    assertThat(daemon.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(daemon.exitValue()).isZero();
    assertThat(RunningDaemon.run(folder)).doesNotExist();
  }

  @Test
  void aSecondProcessIsTurnedAwayAndTheFirstKeepsItsFiles() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> RunningDaemon.daemon(folder).run())
          .isInstanceOf(StartException.class)
          .hasMessageContaining("another gander (pid " + daemon.pid() + ")");
    }
    assertThat(status()).containsEntry("pid", daemon.pid());
    assertThat(RunningDaemon.run(folder).resolve("gander.pid")).exists();
  }

  @Test
  void afterAKillTheNextOneStartsOverWhatIsLeft() throws Exception {
    daemon.destroyForcibly().waitFor();
    assertThat(RunningDaemon.run(folder).resolve("gander.pid")).exists();
    daemon = launch();
    assertThat(status()).containsEntry("pid", daemon.pid());
  }
}
