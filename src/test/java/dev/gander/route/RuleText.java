package dev.gander.route;

import dev.gander.config.DnsSettings;
import dev.gander.config.Place;
import dev.gander.config.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rules and settings for tests out of one-line texts; each rule's place is its line number. */
final class RuleText {

  private static final Pattern TERM = Pattern.compile("(!?)(\\w+)\\((.*)\\)");
  private static final Pattern PARAMETER = Pattern.compile("(?:(\\w+): *)?(.*)");

  private RuleText() {}

  static List<Rule> rules(String... lines) {
    List<Rule> rules = new ArrayList<>();
    for (String line : lines) {
      String[] sides = line.split(" -> ", -1);
      Place place = new Place("test.dae", rules.size() + 1, 1);
      List<Rule.Term> terms = new ArrayList<>();
      for (String term : sides[0].split(" && ", -1)) {
        terms.add(term(term, place));
      }
      rules.add(new Rule(terms, outbound(sides[1], place), place));
    }
    return rules;
  }

  private static Rule.Term term(String text, Place place) {
    Matcher term = TERM.matcher(text);
    if (!term.matches()) {
      throw new IllegalArgumentException(text);
    }
    List<Rule.Parameter> parameters = new ArrayList<>();
    for (String parameter : term.group(3).split(", ", -1)) {
      Matcher parts = PARAMETER.matcher(parameter);
      boolean keyed = parts.matches() && parts.group(1) != null;
      if (keyed && parts.group(1).matches("full|suffix|keyword|regex|geosite|geoip|ext|subtag")) {
        parameters.add(new Rule.Parameter(parts.group(1), parts.group(2), place));
      } else if (!parameter.isEmpty()) {
        String key = term.group(2).equals("qname") ? "suffix" : "";
        parameters.add(new Rule.Parameter(key, parameter, place));
      }
    }
    return new Rule.Term(!term.group(1).isEmpty(), term.group(2), parameters, place);
  }

  static Rule.Outbound outbound(String name, Place place) {
    return new Rule.Outbound(name, false, OptionalLong.empty(), place);
  }

  /** Settings with these rules; the fallback stands in line 99. */
  static DnsSettings settings(
      List<Rule> request, String requestFallback, List<Rule> response, String responseFallback) {
    Place last = new Place("test.dae", 99, 1);
    return new DnsSettings(
        Optional.empty(),
        Map.of(),
        List.of(),
        List.of(),
        new DnsSettings.DnsRules(request, outbound(requestFallback, last)),
        new DnsSettings.DnsRules(response, outbound(responseFallback, last)),
        List.of(),
        true,
        Duration.ofSeconds(60),
        0,
        0,
        0,
        Duration.ZERO,
        Duration.ofDays(1),
        Duration.ofHours(1),
        Duration.ofSeconds(5),
        DnsSettings.RejectAnswer.NODATA,
        true,
        Map.of(),
        false,
        new DnsSettings.Ecs.Strip(),
        true,
        0);
  }
}
