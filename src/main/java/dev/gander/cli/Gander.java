package dev.gander.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gander} itself: shows what there is. */
@Command(
    name = "gander",
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Takes every DNS query that crosses this machine out of the kernel with eBPF, decides it by"
          + " rules, and answers from the very address the client asked."
    },
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nBegin here:%n",
    footer = {
      "  gander demo                            see it work, on real packets, with no network",
      "  gander run                             answer on 127.0.0.1:5300, no file, no root",
      "  gander run -c /etc/gander/config.dae   run for real",
      "  gander help run                        everything about one command",
      "",
      "Exit status: 0 ok; 1 the input is wrong; 2 wrong usage; 3 the machine lacks something."
    })
final class Gander extends GanderCommand {

  @Option(
      names = {"-V", "--version"},
      description = "Show the version; `gander version` says more.")
  private boolean version;

  /** Every command by name, in the order help lists them. */
  static Map<String, Supplier<Callable<Integer>>> commands(Map<String, String> environment) {
    Map<String, Supplier<Callable<Integer>>> commands = new LinkedHashMap<>();
    commands.put("run", () -> new RunCommand(environment));
    commands.put("cert", CertCommand::new);
    commands.put("validate", () -> new ValidateCommand(environment));
    commands.put("doctor", () -> new DoctorCommand(environment));
    commands.put("explain", () -> new ExplainCommand(environment));
    commands.put("reload", () -> new ReloadCommand(environment));
    commands.put("suspend", () -> new SuspendCommand(environment));
    commands.put("status", () -> new StatusCommand(environment));
    commands.put("probe", () -> new ProbeCommand(environment));
    commands.put("leaks", () -> new LeaksCommand(environment));
    commands.put("query", () -> new QueryCommand(environment));
    commands.put("demo", () -> new DemoCommand(environment));
    commands.put("version", VersionCommand::new);
    commands.put("completion", CompletionCommand::new);
    commands.put("warmup", WarmupCommand::new);
    commands.put("help", HelpCommand::new);
    return commands;
  }

  @Override
  public Integer call() {
    CommandLine line = commandLine();
    if (version) {
      VersionCommand.printShort(line.getOut());
      return ExitStatus.OK;
    }
    line.usage(line.getErr());
    return ExitStatus.WRONG_USAGE;
  }
}
