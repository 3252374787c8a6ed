package dev.gander.forward;

import java.time.Duration;

/**
 * What has been learned of one server's address: how long its answers take by UDP, and what it
 * cannot do. Times are the clock's nanoseconds. Any thread; nothing here blocks or allocates.
 */
final class ServerMemory {

  /** The first retransmit to a server that has never answered. */
  static final Duration UNKNOWN = Duration.ofMillis(250);

  /** The least time before a retransmit. */
  static final Duration LEAST = Duration.ofMillis(50);

  static final Duration MOST = Duration.ofSeconds(1);

  /** How long a server's shortcomings are remembered; then it is given another chance. */
  static final Duration SHORTCOMING = Duration.ofMinutes(15);

  private final Latency latency = new Latency();
  private volatile long withoutEdnsUntil = Long.MIN_VALUE;
  private volatile long anyCaseUntil = Long.MIN_VALUE;

  /**
   * An answer came {@code nanos} after the question was first sent. After a retransmit nobody knows
   * which try it answers; the longest time is taken, so that a path that has become slow is
   * learned, and one that loses packets is waited for a little longer than need be.
   */
  void answered(long nanos) {
    latency.took(nanos);
  }

  /** How long to wait before the first retransmit, RFC 6298 § 2: SRTT + 4 × RTTVAR, bounded. */
  long patienceNanos() {
    if (!latency.known()) {
      return UNKNOWN.toNanos();
    }
    long learned = latency.smoothedNanos() + 4 * latency.deviationNanos();
    return Math.clamp(learned, LEAST.toNanos(), MOST.toNanos());
  }

  /** It answers queries without OPT, and refused the same with OPT (RFC 6891 § 7). */
  void knowsNoEdns(long nowNanos) {
    withoutEdnsUntil = nowNanos + SHORTCOMING.toNanos();
  }

  boolean isWithoutEdns(long nowNanos) {
    return withoutEdnsUntil != Long.MIN_VALUE && nowNanos - withoutEdnsUntil < 0;
  }

  /** It does not repeat a question in the letters it was asked in. */
  void repeatsInAnyCase(long nowNanos) {
    anyCaseUntil = nowNanos + SHORTCOMING.toNanos();
  }

  boolean repeatsCase(long nowNanos) {
    return anyCaseUntil == Long.MIN_VALUE || nowNanos - anyCaseUntil >= 0;
  }
}
