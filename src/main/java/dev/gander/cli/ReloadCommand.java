package dev.gander.cli;

import dev.gander.daemon.ControlClient;
import dev.gander.daemon.Progress;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Command;

/** {@code gander reload}. */
@Command(
    name = "reload",
    header = "Let the running daemon take its configuration file anew, losing nothing.",
    descriptionHeading = "%n",
    description = {
      "The daemon builds everything anew beside the old, switches in one step, and lets the"
          + " queries in flight finish with the old rules. If the file holds a mistake, the"
          + " mistakes are printed here and nothing changes. This command waits for the outcome."
    },
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander reload",
      "  gander reload --runtime-dir /run/gander-lab",
      "  kill -USR1 $(cat /run/gander/gander.pid); cat /run/gander/gander.progress",
      "",
      "Exit status: 0 the new configuration is in force; 1 the file is wrong, the old one goes on;",
      "2 wrong usage; 3 no daemon runs, it is busy, or it did not finish in time."
    })
final class ReloadCommand extends ChangeCommand {

  ReloadCommand(Map<String, String> environment) {
    super(environment);
  }

  @Override
  Progress change(
      ControlClient daemon, boolean abort, Duration patience, Consumer<Progress> watcher)
      throws IOException, StartException {
    return daemon.reload(abort, patience, watcher);
  }
}
