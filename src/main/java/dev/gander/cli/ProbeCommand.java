package dev.gander.cli;

import dev.gander.daemon.Json;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gander probe}. */
@Command(
    name = "probe",
    header = "Check the nodes of groups now, and show how they do.",
    descriptionHeading = "%n",
    description = {
      "The running daemon checks each node as it does by itself from time to time: by HTTP, and by"
          + " DNS over UDP and TCP. One table for each group and use; the node that is marked is"
          + " the one the group would take by latency. docs/GROUPS.md explains the columns."
    },
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander probe",
      "  gander probe proxy",
      "  gander probe proxy --no-check",
      "  gander probe --json | jq '.nodes[] | select(.state == \"dead\")'",
      "",
      "Exit status: 0 ok; 2 wrong usage; 3 no daemon runs, or it has no such group."
    })
final class ProbeCommand extends GanderCommand {

  @Mixin private final RuntimeDirectory runtime;

  @Parameters(
      arity = "0..1",
      paramLabel = "GROUP",
      defaultValue = "",
      description = "One group; all that rules use if it is left out.")
  private String group = "";

  @Option(names = "--no-check", description = "Show what is known; check nothing now.")
  private boolean noCheck;

  @Option(names = "--json", description = "One JSON object on one line.")
  private boolean json;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long to wait for the checks (default: ${DEFAULT-VALUE}).")
  private int timeout;

  ProbeCommand(Map<String, String> environment) {
    runtime = new RuntimeDirectory(environment);
  }

  @Override
  public Integer call() throws IOException, StartException {
    Map<String, Object> answer =
        runtime.daemon().probe(group, noCheck ? Duration.ZERO : Duration.ofSeconds(timeout));
    PrintWriter out = out();
    if (json) {
      out.println(Json.write(answer));
    } else if (answer.get("nodes") instanceof List<?> nodes && !nodes.isEmpty()) {
      NodeTable.print(nodes, out);
    } else {
      out.println("nothing is known of any node: no rule sends anything to a group that has one");
    }
    return ExitStatus.OK;
  }
}
