package dev.gander.cli;

import dev.gander.daemon.Json;
import dev.gander.daemon.Version;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gander version}. */
@Command(
    name = "version",
    header = "Show the versions of gander, of the Java it runs on, and of the kernel.",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander version",
      "  gander version --json",
      "",
      "Exit status: 0 ok; 2 wrong usage."
    })
final class VersionCommand extends GanderCommand {

  @Option(names = "--json", description = "One JSON object on one line.")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = out();
    Map<String, Object> versions = new LinkedHashMap<>();
    versions.put("gander", Version.text());
    versions.put("java", Runtime.version().toString());
    versions.put("vm", System.getProperty("java.vm.name", "unknown"));
    versions.put("kernel", System.getProperty("os.version", "unknown"));
    versions.put("architecture", System.getProperty("os.arch", "unknown"));
    if (json) {
      out.println(Json.write(versions));
    } else {
      versions.forEach((name, value) -> out.printf("%-13s %s%n", name, value));
    }
    return ExitStatus.OK;
  }

  static void printShort(PrintWriter out) {
    out.println("gander " + Version.text());
  }
}
