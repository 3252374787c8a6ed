package dev.gander.group;

import dev.gander.config.Group.Policy;
import dev.gander.group.UseHealth.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who can be used, in the order of the nodes, and the best two of them.
 *
 * @param usable those that live or of which nothing is known; if there are none, the suspects;
 *     empty if all are dead
 */
record Ranking(List<Member> usable, Optional<Member> best, Optional<Member> second) {

  static final Ranking EMPTY = new Ranking(List.of(), Optional.empty(), Optional.empty());

  /**
   * As things stand.
   *
   * @param before what it was: its best stays unless another is better by more than the tolerance
   */
  static Ranking of(
      List<Member> members, Policy policy, Use use, Ranking before, long toleranceNanos) {
    List<Member> usable = inState(members, use, State.ALIVE, State.UNKNOWN);
    if (usable.isEmpty()) {
      usable = inState(members, use, State.SUSPECT, State.SUSPECT);
    }
    Member best = cheapest(usable, policy, use, null);
    Member former = before.best().filter(usable::contains).orElse(null);
    if (best != null && former != null) {
      long gain = former.cost(policy, use) - best.cost(policy, use);
      best = gain > toleranceNanos ? best : former;
    }
    Member second = cheapest(usable, policy, use, best);
    return new Ranking(usable, Optional.ofNullable(best), Optional.ofNullable(second));
  }

  /** The best but for one. */
  Optional<Member> beside(Member picked) {
    return best.equals(Optional.of(picked)) ? second : best;
  }

  private static List<Member> inState(List<Member> members, Use use, State one, State other) {
    List<Member> found = new ArrayList<>(members.size());
    for (Member member : members) {
      State state = member.health().of(use).state();
      if (state == one || state == other) {
        found.add(member);
      }
    }
    return found;
  }

  private static @Nullable Member cheapest(
      List<Member> members, Policy policy, Use use, @Nullable Member except) {
    Member best = null;
    long least = Long.MAX_VALUE;
    for (Member member : members) {
      long cost = member.cost(policy, use);
      if (cost < least && !member.equals(except)) {
        best = member;
        least = cost;
      }
    }
    return best;
  }
}
