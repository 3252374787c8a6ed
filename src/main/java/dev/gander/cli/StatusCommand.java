package dev.gander.cli;

import dev.gander.daemon.Json;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gander status}. */
@Command(
    name = "status",
    header = "Show what the running daemon is doing, and what it has counted.",
    descriptionHeading = "%n",
    description = {
      "Who and since when, which configuration is in force, where it listens, which interfaces"
          + " its programs are attached to, what the programs counted, and what became of the"
          + " queries. docs/OPERATING.md explains each field."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander status",
      "  gander status --json | jq .queries",
      "  watch -n1 gander status --all",
      "",
      "Exit status: 0 ok; 2 wrong usage; 3 no daemon runs."
    })
final class StatusCommand extends GanderCommand {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Mixin private final RuntimeDirectory runtime;

  @Option(names = "--json", description = "One JSON object on one line.")
  private boolean json;

  @Option(names = "--all", description = "Show the counters that are zero as well.")
  private boolean all;

  StatusCommand(Map<String, String> environment) {
    runtime = new RuntimeDirectory(environment);
  }

  @Override
  public Integer call() throws IOException, StartException {
    Map<String, Object> status = runtime.daemon().status(PATIENCE);
    PrintWriter out = out();
    if (json) {
      out.println(Json.write(status));
    } else {
      new StatusText(out, all).print(status);
    }
    return ExitStatus.OK;
  }
}
