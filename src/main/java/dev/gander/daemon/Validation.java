package dev.gander.daemon;

import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.config.Settings;
import dev.gander.group.Groups;
import dev.gander.group.Nodes;
import dev.gander.route.GeoReferences;
import dev.gander.route.TrafficRouter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Checks a configuration as {@code gander validate} does: reads, starts nothing. */
public final class Validation {

  private Validation() {}

  /**
   * The settings of a configuration.
   *
   * @param file empty: the built-in one
   * @throws ConfigException if it cannot be used
   */
  public static Settings settings(Optional<Path> file, Map<String, String> environment)
      throws ConfigException {
    return new ConfigurationSource(file, environment).load().settings();
  }

  /**
   * What there is to say about a configuration that can be used.
   *
   * @param environment where to look for geodata
   * @throws ConfigException if it cannot be used; carries the warnings too
   */
  public static List<Diagnostic> warnings(Path file, Map<String, String> environment)
      throws ConfigException {
    ConfigurationSource.Loaded loaded =
        new ConfigurationSource(Optional.of(file), environment).load();
    List<Diagnostic> warnings = new ArrayList<>(loaded.warnings());
    warnings.addAll(Nodes.mistakes(loaded.settings()));
    warnings.addAll(Groups.mistakes(loaded.settings()));
    List<Diagnostic> allMissing = GeoReferences.missing(loaded.settings(), loaded.geodata());
    if (allMissing.isEmpty()) {
      TrafficRouter.build(loaded.settings().routing(), loaded.geodata(), warnings::add);
    }
    for (Diagnostic missing : allMissing) {
      warnings.add(Diagnostic.warning(missing.place(), missing.message(), missing.remedy()));
    }
    return warnings;
  }
}
