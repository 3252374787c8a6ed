package dev.gander.route;

import dev.gander.config.Diagnostic;
import dev.gander.config.Settings;
import dev.gander.geodata.GeoDataFiles;
import java.util.List;

/**
 * Which geodata files and tags a configuration refers to in vain. Reads the files' lists of tags,
 * not the lists themselves: quick enough for {@code validate}.
 */
public final class GeoReferences {

  private GeoReferences() {}

  /**
   * An error for each reference, of all three rule sections, to a file that is not there or cannot
   * be read, or to a tag that the file does not have.
   */
  public static List<Diagnostic> missing(Settings settings, GeoDataFiles files) {
    GeoExpansion expansion = new GeoExpansion(files);
    for (Settings.GeoReference reference : settings.geodata()) {
      switch (reference.kind()) {
        case SITE -> expansion.site(reference.file(), reference.tag(), reference.place());
        case IP -> expansion.ip(reference.file(), reference.tag(), reference.place());
      }
    }
    return List.copyOf(expansion.diagnostics());
  }
}
