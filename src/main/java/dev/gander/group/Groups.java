package dev.gander.group;

import dev.gander.clock.Clock;
import dev.gander.config.Diagnostic;
import dev.gander.config.Group;
import dev.gander.config.Settings;
import dev.gander.group.NodeHealth.Rechecks;
import dev.gander.observe.Counters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** The groups of a configuration, over its nodes. Any thread. */
public final class Groups {

  /** Groups share what is known of a node where they have it checked in the same way. */
  private record Checked(Node node, CheckTerms terms) {}

  private final Map<String, NodeGroup> groups = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();

  public Groups(
      Settings settings, Nodes nodes, Clock clock, RandomGenerator random, Counters counters) {
    Rechecks rechecks = (node, use) -> {};
    Map<Checked, NodeHealth> health = new HashMap<>();
    for (Group group : settings.groups()) {
      CheckTerms terms = CheckTerms.of(settings.global(), group.check());
      List<Member> members = new ArrayList<>();
      List<NodeFilter> filters = group.filters().stream().map(NodeFilter::new).toList();
      for (Node node : nodes.all()) {
        Optional<NodeFilter> takes = filters.stream().filter(it -> it.takes(node)).findFirst();
        if (takes.isPresent() || filters.isEmpty()) {
          NodeHealth known =
              health.computeIfAbsent(
                  new Checked(node, terms), _ -> new NodeHealth(node, terms, rechecks, clock));
          members.add(
              Member.of(
                  known,
                  takes.map(NodeFilter::addedNanos).orElse(0L),
                  takes.map(NodeFilter::weight).orElse(1)));
        }
      }
      warnOf(group, members.size());
      long tolerance =
          group.check().checkTolerance().orElse(settings.global().checkTolerance()).toNanos();
      groups.put(
          group.name(),
          new NodeGroup(group.name(), group.policy(), tolerance, members, random, counters));
    }
  }

  private void warnOf(Group group, int members) {
    if (members == 0) {
      warn(group, "has no node: what goes there fails", "look at its filters with `gander probe`");
    } else if (group.policy() instanceof Group.Policy.Fixed fixed && fixed.index() >= members) {
      warn(group, "has " + members + " nodes, and none at " + fixed.index(), "count from 0");
    }
  }

  private void warn(Group group, String what, String remedy) {
    String told = "group `" + group.name() + "` " + what;
    warnings.add(Diagnostic.warning(group.place(), told, remedy).toString());
  }

  /** By its name in the configuration. */
  public Optional<NodeGroup> find(String name) {
    return Optional.ofNullable(groups.get(name));
  }

  /** In the order of the file. */
  public List<NodeGroup> all() {
    return List.copyOf(groups.values());
  }

  /** Groups that cannot work as they are written, one line each, for people. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }
}
