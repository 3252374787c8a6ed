package dev.gander.cli;

import dev.gander.daemon.Json;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
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
      status.forEach((name, value) -> print(name, value, out));
    }
    return ExitStatus.OK;
  }

  /** A scalar is a row; a list is one row per item; an object is a heading with rows below. */
  private void print(String name, Object value, PrintWriter out) {
    switch (value) {
      case Map<?, ?> section -> {
        out.println();
        out.println(words(name));
        section.forEach((key, item) -> printMember(String.valueOf(key), item, out));
      }
      case List<?> groups when name.equals("groups") -> {
        out.println();
        NodeTable.printGroups(groups, out);
      }
      case List<?> items -> {
        String label = words(name);
        for (Object item : items) {
          row("", label, item, out);
          label = "";
        }
      }
      default -> row("", words(name), value, out);
    }
  }

  private void printMember(String key, Object item, PrintWriter out) {
    if (item instanceof Map<?, ?> inner) {
      inner.forEach((name, value) -> printMember(String.valueOf(name), value, out));
    } else if (item instanceof List<?> items) {
      row("  ", words(key), String.join(", ", items.stream().map(String::valueOf).toList()), out);
    } else if (all || !item.equals(0L)) {
      row("  ", words(key), item, out);
    }
  }

  private static void row(String indent, String label, Object value, PrintWriter out) {
    boolean uptime = label.equals("uptime seconds");
    String shown = String.valueOf(value);
    if (value instanceof Long number && (uptime || !indent.isEmpty())) {
      shown = uptime ? duration(number) : String.format(Locale.ROOT, "%,d", number);
    }
    out.printf("%-34s %s%n", indent + (uptime ? "uptime" : label), shown);
  }

  private static String duration(long seconds) {
    Duration time = Duration.ofSeconds(seconds);
    StringBuilder text = new StringBuilder();
    if (time.toDays() > 0) {
      text.append(time.toDays()).append(" d ");
    }
    if (time.toHours() > 0) {
      text.append(time.toHoursPart()).append(" h ");
    }
    if (time.toMinutes() > 0) {
      text.append(time.toMinutesPart()).append(" min ");
    }
    return text.append(time.toSecondsPart()).append(" s").toString();
  }

  private static String words(String name) {
    return name.replace('_', ' ');
  }
}
