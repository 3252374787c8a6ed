package dev.gander.group;

/** A node in a group; equal to none but itself. */
final class Member {

  private final NodeHealth health;
  private final long addedNanos;
  private final int weight;
  private final long hash;

  /**
   * @param addedNanos what its filter adds to its latency
   * @param weight what its filter says, 1 where it says nothing
   */
  Member(NodeHealth health, long addedNanos, int weight) {
    this.health = health;
    this.addedNanos = addedNanos;
    this.weight = weight;
    hash = Rendezvous.hash(health.node().name());
  }

  NodeHealth health() {
    return health;
  }

  Node node() {
    return health.node();
  }

  long addedNanos() {
    return addedNanos;
  }

  int weight() {
    return weight;
  }

  /** Of its name. */
  long hash() {
    return hash;
  }
}
