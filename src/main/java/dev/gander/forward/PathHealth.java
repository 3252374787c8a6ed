package dev.gander.forward;

import dev.gander.clock.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How one path does: its latency, how often it fails, and a circuit breaker. Each question is told
 * of twice: when it is asked, and how it ended. The breaker opens after failures in a row, when
 * most questions fail, or when for a while nothing was heard; whoever opens it (the calls that
 * return true) has the path probed, and the first answer closes it. Any thread; recording allocates
 * nothing.
 */
final class PathHealth {

  /** Where the breaker stands. */
  enum Breaker {
    /** Questions are asked. */
    CLOSED,
    /** They are asked where there is nobody better, until a probe has failed, too. */
    OPEN,
    /** The same, while a probe of gander's own is on its way. */
    HALF_OPEN
  }

  /**
   * Failures in a row that open the breaker; as many questions without an answer, after a while.
   */
  static final int TRIP = 5;

  /** The share of failures that opens it, once there were {@link #ENOUGH} questions. */
  private static final double TRIP_RATE = 0.6;

  private static final int ENOUGH = 20;
  private static final double RATE_GAIN = 1.0 / 16;

  /** What a failure costs beside its time, when paths are compared. */
  private static final double FAILURE_COST = TimeUnit.MILLISECONDS.toNanos(500);

  /** The usual time of a path of which nothing is known. */
  static final Duration UNKNOWN = Duration.ofMillis(150);

  private static final Duration LEAST_USUAL = Duration.ofMillis(20);
  private static final Duration MOST_USUAL = Duration.ofMillis(400);

  /** Silence that counts as failure; longer on slow paths. */
  static final Duration SILENCE = Duration.ofSeconds(1);

  private final Clock clock;
  private final Latency latency = new Latency();
  private volatile Breaker breaker = Breaker.CLOSED;
  private volatile boolean dead;
  private volatile double errorRate;
  private volatile int unanswered;
  private int ended;
  private int failuresInARow;
  private long unansweredSince;

  PathHealth(Clock clock) {
    this.clock = clock;
  }

  /** A question sets out. True if this opened the breaker: nothing was heard for too long. */
  synchronized boolean asked() {
    long now = clock.nanoTime();
    if (unanswered++ == 0) {
      unansweredSince = now;
    }
    return unanswered > TRIP && now - unansweredSince >= silenceNanos() && open();
  }

  /** It has been answered, after {@code nanos}. */
  synchronized void answered(long nanos) {
    latency.took(nanos);
    ended++;
    errorRate -= errorRate * RATE_GAIN;
    close();
  }

  /** It has failed. True if this opened the breaker. */
  synchronized boolean failed() {
    ended++;
    errorRate += (1 - errorRate) * RATE_GAIN;
    boolean mostFail = ended >= ENOUGH && errorRate >= TRIP_RATE;
    return (++failuresInARow >= TRIP || mostFail) && open();
  }

  /** It has failed as it always will until somebody mends it. True if this opened the breaker. */
  synchronized boolean sick() {
    ended++;
    errorRate += (1 - errorRate) * RATE_GAIN;
    failuresInARow++;
    return open();
  }

  /**
   * Another path answered while this had been silent for {@code nanos}: a failure if that is more
   * than its usual time, else nothing is learned. True if this opened the breaker.
   */
  synchronized boolean outpaced(long nanos) {
    if (nanos < usualNanos()) {
      withdrawn();
      return false;
    }
    latency.tookMoreThan(nanos);
    return ++failuresInARow >= TRIP && open();
  }

  /** Nobody wants to know any more. */
  synchronized void withdrawn() {
    unanswered = Math.max(0, unanswered - 1);
  }

  private boolean open() {
    if (breaker != Breaker.CLOSED) {
      return false;
    }
    breaker = Breaker.OPEN;
    return true;
  }

  /** A probe is on its way. */
  synchronized void probing() {
    if (breaker != Breaker.CLOSED) {
      breaker = Breaker.HALF_OPEN;
    }
  }

  /** It has come to nothing: suspicion is now knowledge. */
  synchronized void probeFailed() {
    if (breaker != Breaker.CLOSED) {
      breaker = Breaker.OPEN;
      dead = true;
    }
  }

  /** The path has been seen to work. */
  synchronized void close() {
    unanswered = 0;
    failuresInARow = 0;
    dead = false;
    if (breaker != Breaker.CLOSED) {
      breaker = Breaker.CLOSED;
      errorRate = Math.min(errorRate, TRIP_RATE / 2);
    }
  }

  /** Whether questions should be asked here. */
  boolean admits() {
    return breaker == Breaker.CLOSED;
  }

  /** Whether asking here is known to be in vain: a probe has failed, too. */
  boolean dead() {
    return dead;
  }

  Breaker breaker() {
    return breaker;
  }

  /** What a question here is likely to cost in time; for comparing paths. */
  long costNanos() {
    if (latency.known()) {
      return latency.smoothedNanos() + (long) (errorRate * FAILURE_COST);
    }
    // Of an unknown path one question, but no more, finds out.
    return unanswered == 0 ? 0 : UNKNOWN.toNanos();
  }

  /** The time in which an answer usually comes: learned p95 within bounds. */
  long usualNanos() {
    return latency.known()
        ? Math.clamp(latency.p95Nanos(), LEAST_USUAL.toNanos(), MOST_USUAL.toNanos())
        : UNKNOWN.toNanos();
  }

  /**
   * Silence for so long is a failure, not slowness. At most half as long again: what was given up
   * counts as slow, and must not buy a dead path ever more patience.
   */
  long silenceNanos() {
    return Math.clamp(2 * latency.p95Nanos(), SILENCE.toNanos(), SILENCE.toNanos() * 3 / 2);
  }

  Latency latency() {
    return latency;
  }

  /** The share of questions that failed lately, 0 to 1. */
  double errorRate() {
    return errorRate;
  }
}
