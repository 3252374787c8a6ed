package dev.gander.group;

import dev.gander.config.Group.Policy;
import dev.gander.group.UseHealth.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Who can be used, in the order of the nodes, and the best two of them. Worked out with each check
 * of each node, so it is cheap even for thousands.
 *
 * @param usable those that live or of which nothing is known; if there are none, the suspects;
 *     empty if all are dead
 */
record Ranking(List<Member> usable, Optional<Member> best, Optional<Member> second) {

  static final Ranking EMPTY = new Ranking(List.of(), Optional.empty(), Optional.empty());

  /** More than any check takes. */
  private static final long UNKNOWN = Long.MAX_VALUE / 2;

  /**
   * What a policy compares nodes by: nanoseconds, the less the better.
   *
   * @param toleranceNanos the best stays unless another is better by more
   */
  record Terms(ToLongFunction<UseHealth> latency, long toleranceNanos) {

    static Terms of(Policy policy, long toleranceNanos) {
      return new Terms(
          switch (policy) {
            case Policy.Min _ -> UseHealth::lastNanos;
            case Policy.MinAvg10 _ -> UseHealth::avg10Nanos;
            default -> UseHealth::movingAvgNanos;
          },
          toleranceNanos);
    }

    private long cost(Member member, Use use) {
      long nanos = latency.applyAsLong(member.health().of(use));
      return (nanos == 0 ? UNKNOWN : nanos) + member.addedNanos();
    }
  }

  /** As things stand, when nodes may have died or come back. */
  Ranking anew(List<Member> members, Terms terms, Use use) {
    List<Member> now = inState(members, use, State.ALIVE, State.UNKNOWN);
    if (now.isEmpty()) {
      now = inState(members, use, State.SUSPECT, State.SUSPECT);
    }
    return ranked(now, terms, use);
  }

  /** As things stand, when nothing but latencies has changed. */
  Ranking again(Terms terms, Use use) {
    return ranked(usable, terms, use);
  }

  private Ranking ranked(List<Member> now, Terms terms, Use use) {
    Member cheapest = cheapest(now, terms, use, null);
    Member former = best.filter(now::contains).orElse(null);
    if (cheapest != null && former != null) {
      long gain = terms.cost(former, use) - terms.cost(cheapest, use);
      cheapest = gain > terms.toleranceNanos() ? cheapest : former;
    }
    Member next = cheapest(now, terms, use, cheapest);
    return new Ranking(now, Optional.ofNullable(cheapest), Optional.ofNullable(next));
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
      List<Member> members, Terms terms, Use use, @Nullable Member except) {
    Member found = null;
    long least = Long.MAX_VALUE;
    for (Member member : members) {
      if (member != except) {
        long cost = terms.cost(member, use);
        if (cost < least) {
          found = member;
          least = cost;
        }
      }
    }
    return found;
  }
}
