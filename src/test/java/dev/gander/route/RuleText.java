package dev.gander.route;

import dev.gander.config.ConfigException;
import dev.gander.config.ConfigFile;
import dev.gander.config.Settings;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Configurations for tests out of rules alone: the rule's number is its line. */
final class RuleText {

  /** The line a fallback stands in. */
  static final int FALLBACK_LINE = 999;

  private static final Pattern UPSTREAM = Pattern.compile("-> *(\\w+)|upstream\\((\\w+)\\)");
  private static final Set<String> RESERVED = Set.of("asis", "accept", "reject");

  private RuleText() {}

  static Settings requests(String fallback, List<String> rules) throws ConfigException {
    return settings("request", fallback, rules);
  }

  static Settings responses(String fallback, List<String> rules) throws ConfigException {
    return settings("response", fallback, rules);
  }

  private static Settings settings(String section, String fallback, List<String> rules)
      throws ConfigException {
    StringBuilder text = new StringBuilder("dns{upstream{");
    Set<String> upstreams = new TreeSet<>();
    Matcher matcher = UPSTREAM.matcher(String.join("\n", rules) + "\n-> " + fallback);
    while (matcher.find()) {
      upstreams.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
    }
    upstreams.removeAll(RESERVED);
    for (String upstream : upstreams) {
      text.append(upstream).append(":'udp://192.0.2.53' ");
    }
    text.append("}routing{").append(section).append("{ ").append(String.join("\n", rules));
    text.append("\n".repeat(FALLBACK_LINE - Math.max(1, rules.size())));
    text.append("fallback: ").append(fallback).append("}}}\nglobal{}routing{}");
    return ConfigFile.parse(text.toString(), "test.dae").settings();
  }
}
