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

/** {@code gander leaks}. */
@Command(
    name = "leaks",
    header = "Show who sent what might be DNS around the running daemon.",
    descriptionHeading = "%n",
    description = {
      "Packets to port 53 that were not taken, to port 853, and to port 443 of the servers of"
          + " `dns_leak_doh`, by sender and server, those with the most packets first. With"
          + " `dns_leak: block` they were stopped."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander leaks",
      "  gander leaks --json | jq '.leaks[].pname'",
      "",
      "Exit status: 0 ok; 2 wrong usage; 3 no daemon runs."
    })
final class LeaksCommand extends GanderCommand {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String ROW = "%9s %9s  %-26s %-5s %-40s %-12s %s%n";

  @Mixin private final RuntimeDirectory runtime;

  @Option(names = "--json", description = "One JSON object on one line.")
  private boolean json;

  LeaksCommand(Map<String, String> environment) {
    runtime = new RuntimeDirectory(environment);
  }

  @Override
  public Integer call() throws IOException, StartException {
    Map<String, Object> leaks = runtime.daemon().leaks(PATIENCE);
    PrintWriter out = out();
    if (json) {
      out.println(Json.write(leaks));
    } else if (leaks.get("leaks") instanceof List<?> rows && !rows.isEmpty()) {
      out.printf(ROW, "packets", "stopped", "from", "proto", "to", "interface", "who");
      rows.forEach(row -> print((Map<?, ?>) row, out));
    } else {
      out.println("nothing has gone around gander");
    }
    return ExitStatus.OK;
  }

  private static void print(Map<?, ?> row, PrintWriter out) {
    String who =
        row.containsKey("pid")
            ? row.get("pname") + " (pid " + row.get("pid") + ", uid " + row.get("uid") + ")"
            : row.containsKey("mac") ? String.valueOf(row.get("mac")) : "";
    out.printf(
        ROW,
        row.get("packets"),
        row.get("blocked"),
        row.get("source"),
        row.get("protocol"),
        row.get("asked") + " port " + row.get("port"),
        row.get("interface"),
        who);
  }
}
