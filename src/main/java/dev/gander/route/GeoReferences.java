package dev.gander.route;

import dev.gander.config.Diagnostic;
import dev.gander.config.Rule;
import dev.gander.config.Settings;
import dev.gander.geodata.GeoDataFiles;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which geodata files and tags a configuration refers to in vain. Reads the files' lists of tags,
 * not the lists themselves: quick enough for {@code validate}.
 */
public final class GeoReferences {

  private static final Set<String> DOMAIN_FUNCTIONS = Set.of("domain", "qname");

  private GeoReferences() {}

  /**
   * An error for each reference, of all three rule sections, to a file that is not there or cannot
   * be read, or to a tag that the file does not have.
   */
  public static List<Diagnostic> missing(Settings settings, GeoDataFiles files) {
    GeoExpansion expansion = new GeoExpansion(files);
    Stream.of(
            settings.dns().request().rules(),
            settings.dns().response().rules(),
            settings.routing().rules())
        .flatMap(List::stream)
        .flatMap(rule -> rule.terms().stream())
        .forEach(term -> check(term, expansion));
    return List.copyOf(expansion.diagnostics());
  }

  private static void check(Rule.Term term, GeoExpansion expansion) {
    boolean domains = DOMAIN_FUNCTIONS.contains(term.function());
    for (Rule.Parameter parameter : term.parameters()) {
      String file = domains ? GeoDataFiles.GEOSITE : GeoDataFiles.GEOIP;
      String tag = parameter.value();
      int colon = tag.lastIndexOf(':');
      switch (parameter.key()) {
        case "geosite", "geoip" -> {}
        case "ext" -> {
          file = tag.substring(0, Math.max(0, colon));
          tag = tag.substring(colon + 1);
        }
        default -> {
          continue;
        }
      }
      if (domains) {
        expansion.site(file, tag, parameter.place());
      } else {
        expansion.ip(file, tag, parameter.place());
      }
    }
  }
}
