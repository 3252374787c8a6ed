package dev.gander.group;

import dev.gander.config.Group.Policy;

/**
 * A node in a group.
 *
 * @param addedNanos what its filter adds to its latency
 * @param weight what its filter says, 1 where it says nothing
 * @param hash of its name
 */
record Member(NodeHealth health, long addedNanos, int weight, long hash) {

  /** More than any check takes. */
  private static final long UNKNOWN = Long.MAX_VALUE / 2;

  static Member of(NodeHealth health, long addedNanos, int weight) {
    return new Member(health, addedNanos, weight, Rendezvous.hash(health.node().name()));
  }

  Node node() {
    return health.node();
  }

  /** What the policy compares nodes by: nanoseconds, the less the better. */
  long cost(Policy policy, Use use) {
    UseHealth known = health.of(use);
    long latency =
        switch (policy) {
          case Policy.Min _ -> known.lastNanos();
          case Policy.MinAvg10 _ -> known.avg10Nanos();
          default -> known.movingAvgNanos();
        };
    return (latency == 0 ? UNKNOWN : latency) + addedNanos;
  }
}
