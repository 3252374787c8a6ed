package dev.gander.group;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.config.ConfigFile;
import dev.gander.config.Settings;
import dev.gander.node.Listing;
import dev.gander.observe.Counters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Groups made of configuration text. */
final class TestGroups {

  private TestGroups() {}

  static Settings settings(String text) {
    try {
      return ConfigFile.parse("global { } routing { } " + text, "x.dae").settings();
    } catch (ConfigException e) {
      throw new AssertionError(e.diagnostics().toString(), e);
    }
  }

  static Nodes nodes(Settings settings) {
    return Nodes.of(settings.nodes(), List.of());
  }

  static Nodes.Subscribed subscribed(String tag, String... links) {
    return new Nodes.Subscribed(tag, new Listing(List.of(links), List.of()));
  }

  /** A group of the nodes a, b, … with this inside of its section. */
  static NodeGroup group(int nodes, String text, Clock clock) {
    return groups(nodes, text, clock, new Counters()).find("g").orElseThrow();
  }

  static Groups groups(int nodes, String text, Clock clock, Counters counters) {
    StringBuilder written = new StringBuilder("node {");
    for (String name : names(nodes)) {
      written.append(" ").append(name).append(": 'socks5://192.0.2.1:1080'");
    }
    Settings settings = settings(written + " } group { g { " + text + " } }");
    return new Groups(settings, nodes(settings), parts(clock, counters));
  }

  /** Parts of groups in which nothing is checked. */
  static GroupParts parts(Clock clock, Counters counters) {
    NodeExits none =
        node -> {
          throw new AssertionError("nothing is checked");
        };
    return new GroupParts(none, Optional.empty(), clock, Runnable::run, new Random(7), counters);
  }

  private static List<String> names(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(count <= 26 ? String.valueOf((char) ('a' + i)) : "n" + i);
    }
    return names;
  }
}
