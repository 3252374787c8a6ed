package dev.gander.cli;

import dev.gander.daemon.ControlClient;
import dev.gander.daemon.Progress;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Command;

/** {@code gander suspend}. */
@Command(
    name = "suspend",
    header = "Take the daemon's hands off the machine until the next reload.",
    descriptionHeading = "%n",
    description = {
      "The programs leave every interface, so that packets pass as if gander were not there, and"
          + " the sockets of `dns.bind` close. The process stays; `gander reload` brings"
          + " everything back."
    },
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander suspend",
      "  gander suspend && sleep 60; gander reload",
      "  kill -USR2 $(cat /run/gander/gander.pid)",
      "",
      "Exit status: 0 suspended; 2 wrong usage; 3 no daemon runs, it is busy, or it did not finish",
      "in time."
    })
final class SuspendCommand extends ChangeCommand {

  SuspendCommand(Map<String, String> environment) {
    super(environment);
  }

  @Override
  Progress change(
      ControlClient daemon, boolean abort, Duration patience, Consumer<Progress> watcher)
      throws IOException, StartException {
    return daemon.suspend(abort, patience, watcher);
  }
}
