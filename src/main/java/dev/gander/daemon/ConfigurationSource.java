package dev.gander.daemon;

import dev.gander.config.ConfigException;
import dev.gander.config.ConfigFile;
import dev.gander.config.Diagnostic;
import dev.gander.config.Place;
import dev.gander.config.Settings;
import dev.gander.geodata.GeoDataFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where configurations come from: the file given at start, read anew each time, or the built-in.
 */
final class ConfigurationSource {

  /**
   * One reading.
   *
   * @param name the file as given; {@code built-in}
   */
  record Loaded(String name, Settings settings, List<Diagnostic> warnings, GeoDataFiles geodata) {

    static Loaded of(
        String name, Settings settings, List<Diagnostic> warnings, GeoDataFiles geodata) {
      List<Diagnostic> all = new ArrayList<>(warnings);
      for (Settings.UnusedKey key : settings.unused()) {
        all.add(
            Diagnostic.warning(
                key.place(), "'" + key.key() + "' is read and checked but has no effect yet", ""));
      }
      all.addAll(TrafficWarnings.of(settings));
      return new Loaded(name, settings, all, geodata);
    }
  }

  private final Optional<Path> file;
  private final Map<String, String> environment;

  ConfigurationSource(Optional<Path> file, Map<String, String> environment) {
    this.file = file;
    this.environment = environment;
  }

  /**
   * Reads the configuration.
   *
   * @throws ConfigException if it is wrong, or cannot be read
   */
  Loaded load() throws ConfigException {
    if (file.isEmpty()) {
      Settings settings = ConfigFile.builtIn(SystemResolvers.read(SystemResolvers.RESOLV_CONF));
      return Loaded.of("built-in", settings, List.of(), geodata(Path.of(".")));
    }
    Path path = file.get();
    try {
      ConfigFile read = ConfigFile.load(path);
      Path folder = Optional.ofNullable(path.toAbsolutePath().getParent()).orElse(Path.of("/"));
      return Loaded.of(path.toString(), read.settings(), read.warnings(), geodata(folder));
    } catch (IOException e) {
      throw new ConfigException(
          List.of(
              Diagnostic.error(
                  new Place(path.toString(), 1, 1), "cannot be read: " + Failures.reason(e), "")));
    }
  }

  private GeoDataFiles geodata(Path folder) {
    return GeoDataFiles.of(folder, environment);
  }
}
