package dev.gander.config;

import dev.gander.config.Functions.Kind;
import dev.gander.config.Settings.GeoReference;
import dev.gander.config.Settings.Node;
import dev.gander.config.Settings.Subscription;
import dev.gander.config.Settings.UnusedKey;
import dev.gander.config.Syntax.Entry;
import dev.gander.config.Syntax.Section;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * From the sections of all files, merged in the order of the files, to checked {@link Settings}.
 */
final class Meaning {

  private final Problems problems;
  private final List<UnusedKey> unused = new ArrayList<>();
  private final List<GeoReference> geodata = new ArrayList<>();
  private final SectionReader reader;

  private Meaning(Problems problems) {
    this.problems = problems;
    this.reader = new SectionReader(problems, unused);
  }

  /**
   * @param start where a missing section is told
   */
  static Settings of(List<Section> sections, Place start, Problems problems) {
    return new Meaning(problems).settings(sections, start);
  }

  private Settings settings(List<Section> written, Place start) {
    for (Section section : written) {
      if (!Parser.TOP_LEVEL.contains(section.name())) {
        tellUnknownSection(section);
      }
    }
    Map<String, Section> sections = SectionReader.merged(written);
    // A section may be missing only because a brace or its name is wrong, which has been told.
    boolean sound = !problems.hasErrors();
    for (String required : List.of("global", "routing")) {
      if (sound && !sections.containsKey(required)) {
        problems.error(
            start,
            "section `" + required + "` is missing",
            "write `" + required + " { }`; dae needs it, too");
      }
    }
    Values global = reader.read("global", entries(sections, "global"), GlobalKeys.ALL, Set.of());
    List<Entry> groups = entries(sections, "group");
    Links links = new Links(reader);
    List<Subscription> subscriptions = links.subscriptions(entries(sections, "subscription"));
    List<Node> nodes = links.nodes(entries(sections, "node"), !subscriptions.isEmpty());
    Set<String> nodeNames = nodes.stream().map(Node::name).collect(Collectors.toSet());
    return new Settings(
        GlobalKeys.settings(global),
        subscriptions,
        nodes,
        new Groups(reader, nodeNames).groups(groups),
        new DnsReader(reader, geodata)
            .read(entries(sections, "dns"), !global.get(GlobalKeys.LAN_INTERFACE).isEmpty()),
        routing(entries(sections, "routing"), SectionReader.merged(groups).keySet()),
        List.copyOf(geodata),
        List.copyOf(unused));
  }

  private void tellUnknownSection(Section section) {
    String remedy = Suggestions.forName(section.name(), Parser.TOP_LEVEL);
    if (DnsReader.SECTIONS.contains(section.name())) {
      remedy = "it belongs in `dns { … }`";
    }
    problems.error(
        section.place(), "unknown section `" + Text.shortened(section.name()) + "`", remedy);
  }

  private static List<Entry> entries(Map<String, Section> sections, String name) {
    Section section = sections.get(name);
    return section == null ? List.of() : section.entries();
  }

  private RoutingSettings routing(List<Entry> entries, Set<String> groups) {
    Set<String> outbounds = new LinkedHashSet<>(groups);
    outbounds.addAll(Set.of("direct", "block", "must_rules"));
    RuleReader.Rules rules =
        new RuleReader(Kind.ROUTING, reader, outbounds, groups, geodata).read(entries, "direct");
    return new RoutingSettings(rules.rules(), rules.fallback());
  }
}
