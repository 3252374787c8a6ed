package dev.gander.forward;

import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.observe.Counter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * An upstream group: ranks its members for each question and has a {@link Contest} ask them. Dead
 * members come last, and only while one lives; when all are dead, questions fail at once.
 */
final class MemberGroup implements Forwarder {

  /**
   * One question of so many tries a member that is not the best, to see whether it has become so.
   */
  static final int EXPLORE = 50;

  private final Contest.Rules rules;
  private final List<Member> members;
  private final AtomicInteger questions = new AtomicInteger();

  /**
   * @param members in the order of the file
   */
  MemberGroup(Contest.Rules rules, List<Member> members) {
    this.rules = rules;
    this.members = List.copyOf(members);
  }

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    return ask(query, deadlineNanos).answer();
  }

  /** As {@link #forward}, and says which member it was. */
  Upstreams.Reply ask(Query query, long deadlineNanos) throws IOException, InterruptedException {
    List<Member> order = order();
    if (order.isEmpty()) {
      rules.counters().add(Counter.UPSTREAM_FAILED_FAST);
      throw allDead();
    }
    rules.budget().earn();
    boolean explore =
        rules.policy().ranked()
            && Math.floorMod(questions.incrementAndGet(), EXPLORE) == 0
            && explore(order);
    return new Contest(rules, query, order, explore, deadlineNanos).run();
  }

  /** Those that live, best first; then those in doubt, then the dead. Empty if all are dead. */
  private List<Member> order() {
    List<Member> order = new ArrayList<>(members.size());
    for (Member member : members) {
      if (isWell(member)) {
        order.add(member);
      }
    }
    if (rules.policy().ranked() && order.size() > 1) {
      rank(order);
    }
    for (Member member : members) {
      if (!isWell(member) && !member.health().dead()) {
        order.add(member);
      }
    }
    if (!order.isEmpty()) {
      for (Member member : members) {
        if (member.health().dead()) {
          order.add(member);
        }
      }
    }
    return order;
  }

  private static boolean isWell(Member member) {
    return member.health().admits() && member.ready();
  }

  /** By costs read once: they change while others ask. */
  private static void rank(List<Member> members) {
    record Ranked(Member member, long cost) {}
    List<Ranked> ranked = new ArrayList<>(members.size());
    members.forEach(it -> ranked.add(new Ranked(it, it.health().costNanos())));
    ranked.sort(Comparator.comparingLong(Ranked::cost));
    members.clear();
    ranked.forEach(it -> members.add(it.member()));
  }

  /**
   * Moves another living member up. {@code fastest} asks it in place of the best, since it asks
   * only one; the others ask it beside the best, which costs the client nothing, and {@code hedge}
   * pays.
   *
   * @return whether one more is to be asked than usual
   */
  private boolean explore(List<Member> order) {
    int living = 0;
    while (living < order.size() && isWell(order.get(living))) {
      living++;
    }
    boolean beside = rules.policy() != Policy.FASTEST;
    int first = beside ? rules.width() : 0;
    int others = living - Math.max(1, first);
    if (others <= 0 || (rules.policy().hedges() && !rules.budget().spend())) {
      return false;
    }
    int turn = Math.floorMod(questions.get() / EXPLORE, others);
    order.add(first, order.remove(Math.max(1, first) + turn));
    return beside;
  }

  private UpstreamException allDead() {
    String why = members.stream().map(Member::dead).collect(Collectors.joining("; "));
    boolean silent =
        members.stream().allMatch(it -> it.lastError() == ExtendedError.NO_REACHABLE_AUTHORITY);
    return new UpstreamException(
        silent ? ExtendedError.NO_REACHABLE_AUTHORITY : ExtendedError.NETWORK_ERROR,
        "no upstream of group '" + rules.group() + "' answers: " + why);
  }

  /** The members are closed by who made them: a member may be in several groups. */
  @Override
  public void close() {}
}
