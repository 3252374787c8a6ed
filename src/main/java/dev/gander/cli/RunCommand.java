package dev.gander.cli;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.daemon.Daemon;
import dev.gander.daemon.RunOptions;
import dev.gander.daemon.StartException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gander run}. */
@Command(
    name = "run",
    header = "Run the daemon in the foreground.",
    descriptionHeading = "%n",
    description = {
      "With a file: does what the file says; attaching to interfaces (`lan_interface`) needs root."
          + " Without one: answers UDP and TCP on 127.0.0.1:5300, asks the system's resolvers, and"
          + " needs no root.",
      "",
      "SIGUSR1 reloads the file, SIGUSR2 suspends until the next reload, SIGTERM and SIGINT end"
          + " it. When the process ends, however it ends, nothing of it stays in the kernel."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander run",
      "  gander run -c /etc/gander/config.dae",
      "  gander run -c lab.dae --runtime-dir /run/gander-lab --logfile /var/log/gander.log",
      "  nsenter --net=/run/netns/router gander run -c lab.dae --runtime-dir /run/gander-router",
      "",
      "Exit status: 0 ended by a signal; 1 the file is wrong; 2 wrong usage; 3 the machine lacks",
      "something: root, eBPF, libbpf.so.1, a free port, a run-time directory."
    })
final class RunCommand extends GanderCommand {

  @Mixin private final RuntimeDirectory runtime;
  private final Map<String, String> environment;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The configuration, in dae's language.")
  private @Nullable Path configuration;

  @Option(
      names = "--logfile",
      paramLabel = "FILE",
      description = "Where to log (default: standard error).")
  private @Nullable Path logFile;

  @Option(
      names = "--logfile-maxsize",
      paramLabel = "MB",
      defaultValue = "" + RunArguments.DEFAULT_MEGABYTES,
      description = "Put the log file aside when it is this big (default: ${DEFAULT-VALUE}).")
  private int maxSize;

  @Option(
      names = "--logfile-maxbackups",
      paramLabel = "N",
      defaultValue = "" + RunArguments.DEFAULT_BACKUPS,
      description = "How many to keep aside: FILE.1, FILE.2 … (default: ${DEFAULT-VALUE}).")
  private int maxBackups;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description =
          "Where the cache is kept over restarts (default: systemd's $STATE_DIRECTORY; for root"
              + " with a file and the usual run-time directory /var/lib/gander; else nowhere).")
  private @Nullable Path stateDirectory;

  @Option(names = "--disable-timestamp", description = "Log lines carry no time.")
  private boolean disableTimestamp;

  @Option(names = "--disable-pidfile", description = "Write no gander.pid.")
  private boolean disablePidFile;

  RunCommand(Map<String, String> environment) {
    this.environment = environment;
    runtime = new RuntimeDirectory(environment);
  }

  @Override
  public Integer call() throws ConfigException, StartException {
    new Daemon(options(), Clock.system()).run();
    return ExitStatus.OK;
  }

  /** What the command line means. */
  RunOptions options() {
    return RunArguments.options(
        configuration,
        logFile,
        maxSize,
        maxBackups,
        !disableTimestamp,
        !disablePidFile,
        runtime.path(),
        stateDirectory,
        environment);
  }
}
