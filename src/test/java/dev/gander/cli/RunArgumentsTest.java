package dev.gander.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.daemon.RuntimeFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The quick parser of {@code run} against picocli. */
class RunArgumentsTest {

  private static final Map<String, String> ENVIRONMENT = Map.of("XDG_RUNTIME_DIR", "/run/user/7");

  static Stream<List<String>> right() {
    return Stream.of(
        List.of(),
        List.of("-c", "a.dae"),
        List.of("--config", "a.dae"),
        List.of("--config=a.dae", "--runtime-dir=/run/x"),
        List.of("--runtime-dir", "/run/x", "-c", "a=b.dae"),
        List.of("-c", "a.dae", "--state-dir", "/var/x"),
        List.of("--logfile", "l", "--logfile-maxsize", "5", "--logfile-maxbackups", "0"),
        List.of("--disable-timestamp", "--disable-pidfile", "--logfile=l=m"));
  }

  @ParameterizedTest
  @MethodSource("right")
  void readsWhatIsRightAsPicocliDoes(List<String> words) {
    RunCommand command = new RunCommand(ENVIRONMENT);
    new CommandLine(command).parseArgs(words.toArray(String[]::new));
    assertThat(RunArguments.parse(words, ENVIRONMENT)).contains(command.options());
  }

  @Test
  void stateIsKeptWhereItIsAskedForOrWhereThisIsTheMachinesOneDaemon() {
    Map<String, String> systemd = Map.of("STATE_DIRECTORY", "/var/lib/a:/var/lib/b");
    assertThat(state(systemd, "-c", "a")).contains(Path.of("/var/lib/a"));
    assertThat(state(systemd, "--state-dir", "s")).contains(Path.of("s"));
    assertThat(state(ENVIRONMENT)).isEmpty();
    assertThat(state(ENVIRONMENT, "-c", "a", "--runtime-dir", "/tmp/lab")).isEmpty();
    assertThat(state(ENVIRONMENT, "-c", "a").isPresent()).isEqualTo(RuntimeFiles.uid() == 0);
  }

  private static Optional<Path> state(Map<String, String> environment, String... words) {
    return RunArguments.parse(List.of(words), environment).orElseThrow().stateDirectory();
  }

  @Test
  void leavesEverythingElseToPicocli() {
    for (List<String> words :
        List.of(
            List.of("--help"),
            List.of("-h"),
            List.of("-c"),
            List.of("-c", "--disable-timestamp"),
            List.of("-ca.dae"),
            List.of("a.dae"),
            List.of("--nonsense=1"),
            List.of("--config="),
            List.of("--disable-pidfile=true"),
            List.of("--logfile-maxsize", "x"))) {
      assertThat(RunArguments.parse(words, ENVIRONMENT)).as(words.toString()).isEmpty();
    }
  }
}
