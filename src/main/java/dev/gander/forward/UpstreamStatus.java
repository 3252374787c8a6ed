package dev.gander.forward;

/**
 * How an upstream does, for people and programs.
 *
 * @param name in the configuration
 * @param exit the way out of this machine: {@code direct}, a group, a node
 * @param transport the scheme of its URL, or of the way it has designated
 * @param family {@code 4}, {@code 6} or {@code any}
 * @param state {@code ok}, {@code unknown} before the first answer, {@code suspect} while its
 *     breaker is open, {@code dead} when a probe has failed, too
 * @param smoothedNanos smoothed round trip, 0 while unknown
 * @param p95Nanos within which 95 of 100 answers come, 0 while unknown
 * @param asked questions put to it; hedges too, probes not
 * @param answered questions it answered well and whose answer was waited for
 * @param failed questions it did not answer, or with an error where another did better
 * @param hedged questions put to it because another was slow
 * @param breaker {@code closed}, {@code open} or {@code half_open}
 * @param designated with {@code ddr=}: the encrypted way that it designates and is asked by, or why
 *     there is none; else empty
 * @param trouble why it is suspect or dead; empty if it is not, or was only silent
 */
public record UpstreamStatus(
    String name,
    String exit,
    String transport,
    String family,
    String state,
    long smoothedNanos,
    long p95Nanos,
    long asked,
    long answered,
    long failed,
    long hedged,
    String breaker,
    String designated,
    String trouble) {

  /** The same by another way out. */
  UpstreamStatus by(String outbound) {
    return with(outbound, transport, designated);
  }

  /** The same, and what it is asked by. */
  UpstreamStatus designated(String by, String what) {
    return with(exit, by, what);
  }

  private UpstreamStatus with(String outbound, String by, String what) {
    return new UpstreamStatus(
        name,
        outbound,
        by,
        family,
        state,
        smoothedNanos,
        p95Nanos,
        asked,
        answered,
        failed,
        hedged,
        breaker,
        what,
        trouble);
  }
}
