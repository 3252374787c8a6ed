package dev.gander.group;

import dev.gander.config.Group.Policy;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A group of nodes: which of them a flow takes, by the group's policy and by health. Who comes
 * first is worked out when health changes, so that a pick looks nothing up. Any thread.
 */
public final class NodeGroup {

  /** Nodes that an error names. */
  private static final int NAMED = 3;

  private final String name;
  private final Policy policy;
  private final Ranking.Terms terms;
  private final NodeHealth.Listener listener = this::changed;
  private final RandomGenerator random;
  private final Counters counters;
  private volatile Roster roster = new Roster(List.of(), Map.of());
  private volatile Map<Use, Ranking> rankings = Map.of();
  private volatile long version;

  NodeGroup(
      String name,
      Policy policy,
      long toleranceNanos,
      List<Member> members,
      RandomGenerator random,
      Counters counters) {
    this.name = name;
    this.policy = policy;
    terms = Ranking.Terms.of(policy, toleranceNanos);
    this.random = random;
    this.counters = counters;
    fill(members);
  }

  /** The nodes there are, replaced as a whole. */
  private record Roster(List<Member> members, Map<Node, Member> byNode) {

    static Roster of(List<Member> members) {
      Map<Node, Member> byNode = new HashMap<>();
      members.forEach(it -> byNode.put(it.node(), it));
      return new Roster(List.copyOf(members), byNode);
    }
  }

  /** From now on these are its nodes; flows that are under way stay where they are. */
  synchronized void fill(List<Member> members) {
    roster.members().forEach(it -> it.health().forget(listener));
    roster = Roster.of(members);
    for (Use use : Use.values()) {
      changed(use, true);
    }
    members.forEach(it -> it.health().listen(listener));
  }

  public String name() {
    return name;
  }

  /** Whether the second of a {@link Choice} is asked as soon as the first is slow. */
  public boolean hedges() {
    return policy instanceof Policy.Hedge;
  }

  /** The group's nodes, in the order of the configuration. */
  public List<Node> nodes() {
    return members().stream().map(Member::node).toList();
  }

  List<Member> members() {
    return roster.members();
  }

  /** Changes whenever another node may be picked than before. */
  public long version() {
    return version;
  }

  private Ranking ranking(Use use) {
    return rankings.getOrDefault(use, Ranking.EMPTY);
  }

  private synchronized void changed(Use use, boolean state) {
    Ranking before = ranking(use);
    Ranking now = state ? before.anew(members(), terms, use) : before.again(terms, use);
    if (state || !now.best().equals(before.best()) || !now.second().equals(before.second())) {
      Map<Use, Ranking> all = new EnumMap<>(Use.class);
      all.putAll(rankings);
      all.put(use, now);
      rankings = all;
      version++;
    }
  }

  /**
   * The node for one flow.
   *
   * @throws NoNodeException if none can be used; at once, nothing is waited for
   */
  public Choice pick(Use use, Key key) throws NoNodeException {
    Ranking ranking = ranking(use);
    List<Member> members = members();
    Member picked =
        switch (policy) {
          case Policy.Fixed fixed -> only(members, use, fixed.index());
          case Policy _ when members.size() == 1 -> only(members, use, 0);
          case Policy _ when ranking.usable().isEmpty() -> null;
          case Policy.Random _ -> ranking.usable().get(random.nextInt(ranking.usable().size()));
          case Policy.Weighted _ -> weighted(ranking.usable());
          case Policy.Hash hash -> Rendezvous.pick(ranking.usable(), hash.by(), key);
          case Policy.Min _, Policy.MinAvg10 _, Policy.MinMovingAvg _, Policy.Hedge _ ->
              ranking.best().orElse(null);
        };
    if (picked == null) {
      counters.add(Counter.GROUPS_FAILED_FAST);
      throw new NoNodeException(nobody(members, use));
    }
    Optional<Node> second =
        policy instanceof Policy.Fixed
            ? Optional.empty()
            : ranking.beside(picked).map(Member::node);
    return new Choice(picked.node(), second, picked.health().of(use).usualNanos());
  }

  /** The one node that comes into question, whatever its checks say while it carries traffic. */
  private static @Nullable Member only(List<Member> members, Use use, int index) {
    if (index >= members.size()) {
      return null;
    }
    Member member = members.get(index);
    return member.health().of(use).hopeless() ? null : member;
  }

  private Member weighted(List<Member> usable) {
    int sum = 0;
    for (Member member : usable) {
      sum += member.weight();
    }
    int left = random.nextInt(sum);
    for (Member member : usable) {
      left -= member.weight();
      if (left < 0) {
        return member;
      }
    }
    throw new AssertionError("weights are positive");
  }

  private String nobody(List<Member> members, Use use) {
    if (members.isEmpty()) {
      return "group '" + name + "' has no node";
    }
    if (policy instanceof Policy.Fixed fixed && fixed.index() >= members.size()) {
      return "group '" + name + "' has " + members.size() + " nodes, and none at " + fixed.index();
    }
    List<Member> asked =
        policy instanceof Policy.Fixed fixed ? List.of(members.get(fixed.index())) : members;
    List<String> each = new ArrayList<>();
    for (Member member : asked.subList(0, Math.min(NAMED, asked.size()))) {
      each.add("'" + member.node().name() + "' " + member.health().of(use).trouble());
    }
    String more = asked.size() > NAMED ? "; and " + (asked.size() - NAMED) + " more" : "";
    return "no node of group '"
        + name
        + "' works for "
        + use.text()
        + ": "
        + String.join("; ", each)
        + more;
  }

  /** A flow got what it asked for after {@code nanos}. */
  public void worked(Use use, Node node, long nanos) {
    Member member = roster.byNode().get(node);
    if (member != null) {
      member.health().worked(use, nanos);
    }
  }

  /**
   * A flow failed, and it may be the node's fault: others are preferred until a check has told.
   *
   * @param why for people, without secrets
   */
  public void failed(Use use, Node node, String why) {
    Member member = roster.byNode().get(node);
    if (member != null) {
      member.health().failed(use, why);
    }
  }

  /** How each node does for each use that something is known of. */
  public List<NodeStatus> status() {
    List<NodeStatus> status = new ArrayList<>();
    for (Member member : members()) {
      for (Use use : Use.values()) {
        UseHealth health = member.health().of(use);
        if (health.state() != UseHealth.State.UNKNOWN || !health.doubt().isEmpty()) {
          status.add(status(member, use));
        }
      }
    }
    return status;
  }

  private NodeStatus status(Member member, Use use) {
    UseHealth health = member.health().of(use);
    return new NodeStatus(
        name,
        member.node().name(),
        member.node().tag(),
        use.text(),
        switch (health.state()) {
          case UNKNOWN -> "unknown";
          case ALIVE -> "ok";
          case SUSPECT -> "suspect";
          case DEAD -> "dead";
        },
        ranking(use).best().equals(Optional.of(member)),
        health.lastNanos(),
        health.avg10Nanos(),
        health.movingAvgNanos(),
        health.history(),
        health.trouble().isEmpty() && !health.doubt().isEmpty()
            ? "no node has reached what checks ask: " + health.doubt()
            : health.trouble());
  }
}
