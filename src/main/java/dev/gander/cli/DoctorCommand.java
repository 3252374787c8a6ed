package dev.gander.cli;

import dev.gander.clock.Clock;
import dev.gander.daemon.Json;
import dev.gander.doctor.Doctor;
import dev.gander.doctor.Finding;
import dev.gander.doctor.Finding.Level;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gander doctor}. */
@Command(
    name = "doctor",
    header = "Look for what is wrong on this machine for a configuration.",
    descriptionHeading = "%n",
    description = {
      "Looks at the kernel, rights, interfaces, kernel parameters, ports, firewall rules, the clock,"
          + " and asks each upstream a question; changes nothing. One line for each thing looked"
          + " at; below what is not ok, the command that mends it. docs/OPERATING.md explains each."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander doctor -c /etc/gander/config.dae",
      "  gander doctor -c config.dae --quiet",
      "  gander doctor -c config.dae --json | jq '.findings[] | select(.level != \"ok\")'",
      "",
      "Exit status: 0 nothing is wrong, warnings or not; 1 something is wrong; 2 wrong usage."
    })
final class DoctorCommand extends GanderCommand {

  private final Map<String, String> environment;

  @Mixin private final RuntimeDirectory runtime;

  @Mixin private final ConfigurationFile configuration = new ConfigurationFile();

  @Option(
      names = {"-q", "--quiet"},
      description = "Leave out what is ok.")
  private boolean quiet;

  @Option(names = "--json", description = "One JSON object on one line.")
  private boolean json;

  DoctorCommand(Map<String, String> environment) {
    this.environment = environment;
    runtime = new RuntimeDirectory(environment);
  }

  @Override
  public Integer call() {
    List<Finding> findings = findings();
    long wrong = findings.stream().filter(it -> it.level() == Level.WRONG).count();
    long warnings = findings.stream().filter(it -> it.level() == Level.WARNING).count();
    List<Finding> shown = findings.stream().filter(it -> !quiet || it.level() != Level.OK).toList();
    PrintWriter out = out();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("wrong", wrong);
      object.put("warnings", warnings);
      object.put("findings", shown.stream().map(DoctorCommand::row).toList());
      out.println(Json.write(object));
    } else {
      shown.forEach(finding -> print(finding, out));
      out.printf("%d wrong, %d warnings, %d looked at%n", wrong, warnings, findings.size());
    }
    return wrong == 0 ? ExitStatus.OK : ExitStatus.WRONG_INPUT;
  }

  /** What the log would say is told as findings. */
  private List<Finding> findings() {
    Logger log = Logger.getLogger("dev.gander");
    java.util.logging.Level before = log.getLevel();
    log.setLevel(java.util.logging.Level.OFF);
    try {
      return new Doctor(configuration.path(), runtime.path(), environment, Clock.system())
          .examine();
    } finally {
      log.setLevel(before);
    }
  }

  private void print(Finding finding, PrintWriter out) {
    Ansi ansi = commandLine().getColorScheme().ansi();
    String style =
        switch (finding.level()) {
          case OK -> "green";
          case WARNING -> "yellow";
          case WRONG -> "bold,red";
        };
    String level = "%-8s".formatted(name(finding.level()));
    out.printf(
        "%s %-13s %s%n",
        ansi.string("@|" + style + " " + level + "|@"), finding.subject(), finding.text());
    finding.remedy().lines().forEach(line -> out.println("             " + line));
  }

  private static String name(Level level) {
    return level.name().toLowerCase(Locale.ROOT);
  }

  private static Map<String, Object> row(Finding finding) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("level", name(finding.level()));
    row.put("subject", finding.subject());
    row.put("text", finding.text());
    row.put("remedy", finding.remedy());
    return row;
  }
}
