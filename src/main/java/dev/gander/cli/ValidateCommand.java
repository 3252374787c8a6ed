package dev.gander.cli;

import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.daemon.Json;
import dev.gander.daemon.Validation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gander validate}. */
@Command(
    name = "validate",
    header = "Check a configuration file and all it includes.",
    descriptionHeading = "%n",
    description = {
      "Prints every mistake at once, in the order of files and lines, as"
          + " FILE:LINE:COLUMN: error: what (what to do). Warnings do not keep the daemon from"
          + " running. A geodata file that is absent is a warning here, for it may be on another"
          + " machine, and an error for `gander run`."
    },
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander validate -c /etc/gander/config.dae",
      "  gander validate config.dae --json | jq '.diagnostics[].message'",
      "",
      "Exit status: 0 it can be used; 1 it cannot; 2 wrong usage."
    })
final class ValidateCommand extends GanderCommand {

  private final Map<String, String> environment;

  @Mixin private final ConfigurationFile configuration = new ConfigurationFile();

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "The same, without -c.")
  private @Nullable Path parameter;

  @Option(names = "--json", description = "One JSON object on one line.")
  private boolean json;

  ValidateCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    Path file = configuration.path().orElse(parameter);
    if (file == null || (configuration.path().isPresent() && parameter != null)) {
      throw usage("which file? Give one with -c FILE");
    }
    List<Diagnostic> diagnostics = new ArrayList<>();
    boolean usable = true;
    try {
      diagnostics.addAll(Validation.warnings(file, environment));
    } catch (ConfigException e) {
      diagnostics.addAll(e.diagnostics());
      usable = false;
    }
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("file", String.valueOf(file));
      object.put("usable", usable);
      object.put("diagnostics", diagnostics.stream().map(ValidateCommand::json).toList());
      out().println(Json.write(object));
    } else {
      diagnostics.forEach(diagnostic -> (diagnostic.isError() ? err() : out()).println(diagnostic));
      if (usable) {
        out().println(file + ": can be used");
      }
    }
    return usable ? ExitStatus.OK : ExitStatus.WRONG_INPUT;
  }

  private static Map<String, Object> json(Diagnostic diagnostic) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("file", diagnostic.place().file());
    object.put("line", diagnostic.place().line());
    object.put("column", diagnostic.place().column());
    object.put("severity", diagnostic.isError() ? "error" : "warning");
    object.put("message", diagnostic.message());
    object.put("remedy", diagnostic.remedy());
    return object;
  }
}
