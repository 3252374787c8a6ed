package dev.gander.group;

import dev.gander.config.Diagnostic;
import dev.gander.config.Group;
import dev.gander.config.Settings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The groups of a configuration, over its nodes. Any thread. */
public final class Groups implements AutoCloseable {

  /** Groups share what is known of a node where they have it checked in the same way. */
  private record Checked(Node node, CheckTerms terms) {}

  private final Settings settings;
  private final GroupParts parts;
  private final HealthChecks checks;
  private final Map<Checked, NodeHealth> health = new HashMap<>();
  private final Map<String, NodeGroup> groups = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();
  private Set<String> wanted = Set.of();
  private boolean started;

  /** Nothing is checked before {@link #start}. */
  public Groups(Settings settings, Nodes nodes, GroupParts parts) {
    this.settings = settings;
    this.parts = parts;
    checks =
        new HealthChecks(
            new ExitProber(parts),
            parts.clock(),
            parts.threads(),
            parts.random(),
            parts.counters());
    for (Group group : settings.groups()) {
      List<Member> members = membersOf(group, nodes);
      mistake(group, members.size()).ifPresent(it -> warnings.add(it.toString()));
      long tolerance =
          group.check().checkTolerance().orElse(settings.global().checkTolerance()).toNanos();
      groups.put(
          group.name(),
          new NodeGroup(
              group.name(), group.policy(), tolerance, members, parts.random(), parts.counters()));
    }
  }

  /**
   * Other nodes than before, such as a subscription has brought: who stays keeps what is known of
   * him, and flows under way stay where they are.
   */
  public synchronized void fill(Nodes nodes) {
    Set<NodeHealth> before = healthOf(used());
    for (Group group : settings.groups()) {
      Objects.requireNonNull(groups.get(group.name())).fill(membersOf(group, nodes));
    }
    Set<NodeHealth> now = healthOf(used());
    health.keySet().removeIf(it -> !nodes.all().contains(it.node()));
    if (started) {
      checks.remove(before.stream().filter(it -> !now.contains(it)).toList());
      checks.add(now.stream().filter(it -> !before.contains(it)).toList());
    }
  }

  private List<Member> membersOf(Group group, Nodes nodes) {
    CheckTerms terms = CheckTerms.of(settings.global(), group.check());
    List<Member> members = new ArrayList<>();
    List<NodeFilter> filters = group.filters().stream().map(NodeFilter::new).toList();
    for (Node node : nodes.all()) {
      Optional<NodeFilter> takes = filters.stream().filter(it -> it.takes(node)).findFirst();
      if (takes.isPresent() || filters.isEmpty()) {
        NodeHealth known =
            health.computeIfAbsent(
                new Checked(node, terms), _ -> new NodeHealth(node, terms, checks, parts.clock()));
        members.add(
            new Member(
                known,
                takes.map(NodeFilter::addedNanos).orElse(0L),
                takes.map(NodeFilter::weight).orElse(1)));
      }
    }
    return members;
  }

  /** What is wrong with the section {@code group}, where no subscription will bring nodes. */
  public static List<Diagnostic> mistakes(Settings settings) {
    List<Diagnostic> mistakes = new ArrayList<>();
    if (settings.subscriptions().isEmpty()) {
      List<Node> nodes = Nodes.of(settings.nodes(), List.of()).all();
      for (Group group : settings.groups()) {
        List<NodeFilter> filters = group.filters().stream().map(NodeFilter::new).toList();
        Stream<Node> members =
            nodes.stream()
                .filter(
                    node -> filters.isEmpty() || filters.stream().anyMatch(it -> it.takes(node)));
        mistake(group, (int) members.count()).ifPresent(mistakes::add);
      }
    }
    return mistakes;
  }

  private static Optional<Diagnostic> mistake(Group group, int members) {
    if (members == 0) {
      return warning(
          group, "has no node: what goes there fails", "look at its filters with `gander probe`");
    }
    if (group.policy() instanceof Group.Policy.Fixed fixed && fixed.index() >= members) {
      String nodes = members == 1 ? "1 node" : members + " nodes";
      return warning(group, "has " + nodes + ", and none at " + fixed.index(), "count from 0");
    }
    return Optional.empty();
  }

  private static Optional<Diagnostic> warning(Group group, String what, String remedy) {
    String told = "group `" + group.name() + "` " + what;
    return Optional.of(Diagnostic.warning(group.place(), told, remedy));
  }

  /** Takes over what is known of the nodes that an earlier configuration had, too. */
  public synchronized void learnFrom(Groups before) {
    checks.learnFrom(before.checks);
    Map<Checked, NodeHealth> learned;
    synchronized (before) {
      learned = Map.copyOf(before.health);
    }
    health.forEach((checked, mine) -> {
      NodeHealth known = learned.get(checked);
      if (known != null) {
        mine.learnFrom(known);
      }
    });
  }

  /**
   * Has the nodes of these groups checked from now on; returns at once, and only once.
   *
   * @param inUse the groups that rules send something to
   */
  public synchronized void start(Set<String> inUse) {
    wanted = Set.copyOf(inUse);
    started = true;
    checks.add(healthOf(used()));
    checks.start();
  }

  private List<NodeGroup> used() {
    return all().stream().filter(it -> wanted.contains(it.name())).toList();
  }

  private static Set<NodeHealth> healthOf(List<NodeGroup> groups) {
    Set<NodeHealth> nodes = new LinkedHashSet<>();
    groups.forEach(group -> group.members().forEach(member -> nodes.add(member.health())));
    return nodes;
  }

  /**
   * Checks every node of these groups now. Blocks until each has been, or the time has come.
   *
   * @param wanted groups that are not in use stay as they are
   */
  public void probe(List<NodeGroup> wanted, long deadlineNanos) throws InterruptedException {
    boolean _ = parts.clock().await(checks.probe(healthOf(wanted)), deadlineNanos);
  }

  /** Nothing more is checked; picking goes on with what is known. */
  @Override
  public void close() {
    checks.close();
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
