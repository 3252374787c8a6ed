package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Clock;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process with a small heap. */
class ScarceMemoryTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String SMALL = "global { } routing { fallback: direct }\n";

  @TempDir private Path folder;

  @Test
  void aReloadThatDoesNotFitIntoTheHeapChangesNothing() throws Exception {
    Path file = folder.resolve("c.dae");
    Files.writeString(file, SMALL);
    Path directory = folder.resolve("run");
    Process daemon =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx24m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.gander.cli.Main",
                "run",
                "-c",
                file.toString(),
                "--runtime-dir",
                directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(new File(folder.toFile(), "log"))
            .start();
    try {
      ControlClient control = new ControlClient(directory);
      while (!isReady(control)) {
        assertThat(daemon.isAlive()).as("%s", Files.readString(folder.resolve("log"))).isTrue();
        Clock.system().sleep(Duration.ofMillis(50));
      }
      String names =
          IntStream.range(0, 300_000)
              .mapToObj(it -> "n" + it + ".example")
              .collect(Collectors.joining(", "));
      Files.writeString(file, "global { } routing { domain(" + names + ") -> block }");
      Progress outcome = control.reload(false, PATIENCE, step -> {});
      assertThat(outcome.code()).isEqualTo(Progress.Code.ERROR);
      assertThat(outcome.text()).contains("not enough memory for this configuration");

      Files.writeString(file, SMALL);
      assertThat(control.reload(false, PATIENCE, step -> {}).code()).isEqualTo(Progress.Code.DONE);
    } finally {
      daemon.destroyForcibly().waitFor();
    }
  }

  private static boolean isReady(ControlClient control) throws Exception {
    try {
      return !control.status(PATIENCE).isEmpty();
    } catch (StartException e) {
      return false;
    }
  }
}
