package dev.gander.cli;

import dev.gander.clock.Clock;
import dev.gander.daemon.StartException;
import dev.gander.demo.WarmUp;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code gander warmup}: what the launcher runs once, to record an AOT cache of a warm start. */
@Command(
    name = "warmup",
    hidden = true,
    header = "Run on loopback for two seconds, for the JVM to record a warm start.",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  java -XX:AOTCacheOutput=gander.aot … dev.gander.cli.Main warmup",
      "",
      "Exit status: 0 ok; 3 the machine lacks something."
    })
final class WarmupCommand extends GanderCommand {

  @Override
  public Integer call() throws IOException, StartException {
    // What picocli does for the commands that are used most belongs to a start as well.
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    for (String[] words : new String[][] {{"run", "--help"}, {"help"}, {"version"}}) {
      Main.run(words, nowhere, nowhere, Map.of());
    }
    out().println("answered " + WarmUp.run(Clock.system()));
    return ExitStatus.OK;
  }
}
