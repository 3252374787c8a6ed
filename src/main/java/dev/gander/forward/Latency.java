package dev.gander.forward;

/**
 * How long answers take, learned from them: smoothed round trip and deviation (RFC 6298 section 2),
 * and the time within which 95 of 100 come. Times are nanoseconds, 0 while unknown. Any thread.
 */
final class Latency {

  /** The 95th percentile moves up by so much for a sample above it, and down by a 19th of that. */
  private static final double UP = 1.095;

  private static final double DOWN = 0.995;

  private volatile long smoothed;
  private volatile long deviation;
  private volatile double p95;

  /** An answer took {@code nanos}. */
  synchronized void took(long nanos) {
    long sample = Math.max(1, nanos);
    if (smoothed == 0) {
      smoothed = sample;
      deviation = sample / 2;
      p95 = sample + 4.0 * deviation;
      return;
    }
    deviation = (3 * deviation + Math.abs(smoothed - sample)) / 4;
    smoothed = Math.max(1, (7 * smoothed + sample) / 8);
    double exact = sample;
    p95 = exact > p95 ? Math.min(exact, p95 * UP) : Math.max(exact, p95 * DOWN);
  }

  /** Waiting was given up after {@code nanos}: the answer would have taken longer. */
  synchronized void tookMoreThan(long nanos) {
    if (nanos > smoothed) {
      took(nanos);
    }
  }

  boolean known() {
    return smoothed != 0;
  }

  long smoothedNanos() {
    return smoothed;
  }

  long deviationNanos() {
    return deviation;
  }

  long p95Nanos() {
    return (long) p95;
  }
}
