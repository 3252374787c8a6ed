package dev.gander.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code gander help [COMMAND]}. */
@Command(
    name = "help",
    header = "Show the page of gander, or of one command.",
    synopsisHeading = "",
    customSynopsis = "Usage: gander help [COMMAND]")
final class HelpCommand extends GanderCommand {

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "The command to explain.")
  private @Nullable String command;

  @Override
  public Integer call() {
    CommandLine own = commandLine();
    CommandLine all = new CommandLine(new Gander());
    Gander.commands(Map.of()).forEach((name, make) -> all.addSubcommand(name, make.get()));
    all.setColorScheme(own.getColorScheme());
    all.setUsageHelpWidth(own.getUsageHelpWidth());
    if (command == null) {
      all.usage(own.getOut());
      return ExitStatus.OK;
    }
    CommandLine wanted = all.getSubcommands().get(command);
    if (wanted == null) {
      throw usage("there is no command '" + command + "'");
    }
    wanted.usage(own.getOut());
    return ExitStatus.OK;
  }
}
