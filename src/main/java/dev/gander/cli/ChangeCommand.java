package dev.gander.cli;

import dev.gander.daemon.ControlClient;
import dev.gander.daemon.Progress;
import dev.gander.daemon.RuntimeFiles;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code reload} and {@code suspend} share: ask the daemon, wait, tell the outcome. */
abstract class ChangeCommand extends GanderCommand {

  @Mixin private final RuntimeDirectory runtime;

  @Parameters(
      arity = "0..1",
      paramLabel = "PID",
      description = "Make sure it is this process that does it, as in `ExecReload=… $MAINPID`.")
  private @Nullable Long pid;

  @Option(
      names = {"-a", "--abort"},
      description = "Do not wait for queries in flight; they end with SERVFAIL.")
  private boolean abort;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait for the outcome (default: ${DEFAULT-VALUE}).")
  private int timeout;

  ChangeCommand(Map<String, String> environment) {
    runtime = new RuntimeDirectory(environment);
  }

  /** The change itself. */
  abstract Progress change(
      ControlClient daemon, boolean abort, Duration patience, Consumer<Progress> watcher)
      throws IOException, StartException;

  @Override
  public Integer call() throws IOException, StartException {
    checkPid();
    Progress outcome = change(runtime.daemon(), abort, Duration.ofSeconds(timeout), progress -> {});
    PrintWriter out = out();
    PrintWriter err = err();
    return switch (outcome.code()) {
      case DONE -> {
        out.println(outcome.text());
        yield ExitStatus.OK;
      }
      case BUSY -> {
        err.println("gander: " + outcome.text());
        yield ExitStatus.MACHINE;
      }
      case ERROR, SEND, PROCESSING -> {
        err.println(outcome.text());
        err.println("gander: nothing was changed; the daemon goes on as it was");
        yield ExitStatus.WRONG_INPUT;
      }
    };
  }

  private void checkPid() throws StartException {
    Optional<Long> running = RuntimeFiles.pidOf(runtime.path());
    if (pid != null && !running.equals(Optional.of(pid))) {
      throw new StartException(
          "process "
              + pid
              + " is not the daemon of "
              + runtime.path()
              + running.map(other -> " (process " + other + " is)").orElse("")
              + "; name its directory with --runtime-dir DIR");
    }
  }
}
