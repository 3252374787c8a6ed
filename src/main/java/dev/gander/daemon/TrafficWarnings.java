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

  /** At most one warning of a kind, at the first rule that is meant; none if there is none. */
  static List<Diagnostic> of(Settings settings) {
    Stream<Diagnostic> ofGroups =
        outbounds(settings)
            .filter(outbound -> !DONE.contains(outbound.name()))
            .limit(1)
            .map(outbound ->
                Diagnostic.warning(
                    outbound.place(),
                    "only DNS goes by groups yet: other traffic for '"
                        + outbound.name()
                        + "' passes directly",
                    "it is counted as routed_to_group"));
    Stream<Diagnostic> ofMarks =
        outbounds(settings)
            .filter(outbound ->
                outbound.name().equals("direct")
                    && outbound.mark().orElse(0) != 0
                    && !settings.global().wanInterfaces().isEmpty())
            .limit(1)
            .map(outbound ->
                Diagnostic.warning(
                    outbound.place(),
                    "packets of this machine's own programs get the mark when their route is chosen"
                        + " already: policy routing does not see it",
                    "it holds for LAN clients; for a program use `ip rule add uidrange`"));
    return Stream.concat(ofGroups, ofMarks).toList();
  }

  private static Stream<Rule.Outbound> outbounds(Settings settings) {
    return Stream.concat(
        settings.routing().rules().stream().map(Rule::outbound),
        Stream.of(settings.routing().fallback()));
  }
}
