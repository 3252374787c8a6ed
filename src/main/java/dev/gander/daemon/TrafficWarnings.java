package dev.gander.daemon;

import dev.gander.config.Diagnostic;
import dev.gander.config.Rule;
import dev.gander.config.Settings;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What traffic rules say that is not done yet. */
final class TrafficWarnings {

  private static final Set<String> DONE = Set.of("direct", "block", "must_rules");

  private TrafficWarnings() {}

  /** One warning, at the first rule that sends traffic to a group; none if there is none. */
  static List<Diagnostic> of(Settings settings) {
    Stream<Rule.Outbound> outbounds =
        Stream.concat(
            settings.routing().rules().stream().map(Rule::outbound),
            Stream.of(settings.routing().fallback()));
    return outbounds
        .filter(outbound -> !DONE.contains(outbound.name()))
        .limit(1)
        .map(outbound ->
            Diagnostic.warning(
                outbound.place(),
                "only DNS goes by groups yet: other traffic for '"
                    + outbound.name()
                    + "' passes directly",
                "it is counted as routed_to_group"))
        .toList();
  }
}
