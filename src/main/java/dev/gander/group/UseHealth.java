package dev.gander.group;

import dev.gander.clock.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How one node does for one use: what its last checks took, what real traffic says, and whether it
 * lives. Any thread; recording allocates nothing.
 */
final class UseHealth {

  /** Whether flows should go there. */
  enum State {
    /** Nothing is known yet. */
    UNKNOWN,
    ALIVE,
    /** Real traffic has failed; a check will tell. */
    SUSPECT,
    /** A check has failed. */
    DEAD
  }

  /** Checks that are remembered. */
  static final int HISTORY = 20;

  private static final int AVERAGED = 10;

  /** As what a check counts that has failed: so long it may take. */
  static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** The usual time of a node of which nothing is known. */
  private static final Duration UNKNOWN_USUAL = Duration.ofMillis(150);

  private static final Duration LEAST_USUAL = Duration.ofMillis(20);
  private static final Duration MOST_USUAL = Duration.ofMillis(400);

  /** So long a group of one node fails at once, when a check and real traffic have failed. */
  private static final Duration HOPELESS = Duration.ofSeconds(10);

  /** So long a node is suspect where no check can tell. */
  private static final Duration PARDON = Duration.ofMinutes(1);

  private final Clock clock;

  /** A ring; nanoseconds, 0 for a check that failed. */
  private final long[] checks = new long[HISTORY];

  private int checked;
  private volatile State state = State.UNKNOWN;
  private volatile long lastNanos;
  private volatile long avg10Nanos;
  private volatile long movingAvgNanos;
  private long smoothedNanos;
  private long deviationNanos;
  private int failuresInARow;
  private boolean trafficFails;
  private boolean carried;
  private long lastTraffic;
  private volatile long hopelessUntil;
  private long troubledSince;
  private String why = "";

  /** Why checks prove nothing; empty while they do. */
  private String doubt = "";

  UseHealth(Clock clock) {
    this.clock = clock;
    hopelessUntil = clock.nanoTime();
  }

  /** A check has worked. True if the node was not known to live. */
  synchronized boolean checkWorked(long nanos) {
    boolean news = state != State.ALIVE;
    record(Math.max(1, nanos));
    lastNanos = Math.max(1, nanos);
    failuresInARow = 0;
    doubt = "";
    well();
    return news;
  }

  /**
   * A check has failed.
   *
   * @param reason for people, without secrets
   * @return what was thought of it before
   */
  synchronized State checkFailed(String reason) {
    record(0);
    failuresInARow++;
    doubt = "";
    State before = state;
    troubled(State.DEAD, reason);
    if (trafficFails) {
      hopelessUntil = clock.nanoTime() + HOPELESS.toNanos();
    }
    return before;
  }

  /**
   * A check has failed that proves nothing. A node that traffic has failed at is given another
   * chance after a minute: no check will ever clear it.
   *
   * @return whether flows may go there again
   */
  synchronized boolean checkProvedNothing(String reason) {
    doubt = reason;
    boolean again = state == State.SUSPECT && clock.nanoTime() - troubledSince >= PARDON.toNanos();
    if (again) {
      state = State.UNKNOWN;
      trafficFails = false;
      why = "";
    }
    return again;
  }

  /** A flow got its answer after {@code nanos}. True if the node was not known to live. */
  synchronized boolean worked(long nanos) {
    long sample = Math.max(1, nanos);
    if (smoothedNanos == 0) {
      smoothedNanos = sample;
      deviationNanos = sample / 2;
    } else {
      deviationNanos = (3 * deviationNanos + Math.abs(smoothedNanos - sample)) / 4;
      smoothedNanos = (7 * smoothedNanos + sample) / 8;
    }
    boolean news = state != State.ALIVE;
    lastTraffic = clock.nanoTime();
    carried = true;
    well();
    return news;
  }

  /**
   * A flow got none.
   *
   * @return whether the node was not suspected yet
   */
  synchronized boolean failed(String reason) {
    trafficFails = true;
    lastTraffic = clock.nanoTime();
    carried = true;
    if (state == State.DEAD) {
      hopelessUntil = clock.nanoTime() + HOPELESS.toNanos();
      return false;
    }
    boolean news = state != State.SUSPECT;
    troubled(State.SUSPECT, reason);
    return news;
  }

  private void record(long nanos) {
    checks[checked++ % HISTORY] = nanos;
    int count = Math.min(checked, AVERAGED);
    long sum = 0;
    for (int i = checked - count; i < checked; i++) {
      sum += cost(checks[i % HISTORY]);
    }
    avg10Nanos = sum / count;
    movingAvgNanos = checked == 1 ? cost(nanos) : (movingAvgNanos + cost(nanos)) / 2;
  }

  private static long cost(long check) {
    return check == 0 ? TIMEOUT.toNanos() : check;
  }

  private void well() {
    state = State.ALIVE;
    trafficFails = false;
    hopelessUntil = clock.nanoTime();
    why = "";
  }

  private void troubled(State worse, String reason) {
    if (state == State.ALIVE || state == State.UNKNOWN) {
      troubledSince = clock.nanoTime();
    }
    state = worse;
    why = reason;
  }

  State state() {
    return state;
  }

  /** Checks in a row that failed. */
  synchronized int failuresInARow() {
    return failuresInARow;
  }

  /** Whether real traffic has come by lately. */
  synchronized boolean carriedWithin(Duration time) {
    return carried && clock.nanoTime() - lastTraffic < time.toNanos();
  }

  /** Takes over what {@code before}, the same node of an earlier configuration, knew. */
  void learnFrom(UseHealth before) {
    // Nobody else holds both: the new one is not in use yet.
    synchronized (before) {
      synchronized (this) {
        System.arraycopy(before.checks, 0, checks, 0, HISTORY);
        checked = before.checked;
        state = before.state;
        lastNanos = before.lastNanos;
        avg10Nanos = before.avg10Nanos;
        movingAvgNanos = before.movingAvgNanos;
        smoothedNanos = before.smoothedNanos;
        deviationNanos = before.deviationNanos;
        failuresInARow = before.failuresInARow;
        trafficFails = before.trafficFails;
        hopelessUntil = before.hopelessUntil;
        troubledSince = before.troubledSince;
        why = before.why;
        doubt = before.doubt;
      }
    }
  }

  /** Whether even a group that has no other node should not try it. */
  boolean hopeless() {
    return state == State.DEAD && clock.nanoTime() - hopelessUntil < 0;
  }

  /** Of the last check that worked; 0 before. */
  long lastNanos() {
    return lastNanos;
  }

  long avg10Nanos() {
    return avg10Nanos;
  }

  long movingAvgNanos() {
    return movingAvgNanos;
  }

  /** The time in which an answer usually comes: by real traffic, else by checks. */
  synchronized long usualNanos() {
    long usual = smoothedNanos + 4 * deviationNanos;
    if (smoothedNanos == 0) {
      usual = movingAvgNanos == 0 ? UNKNOWN_USUAL.toNanos() : 2 * movingAvgNanos;
    }
    return Math.clamp(usual, LEAST_USUAL.toNanos(), MOST_USUAL.toNanos());
  }

  /** Since when and why it is suspect or dead, for people; empty if it is not. */
  synchronized String trouble() {
    if (state == State.ALIVE || state == State.UNKNOWN) {
      return "";
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(clock.nanoTime() - troubledSince);
    return (state == State.DEAD ? "dead" : "suspect") + " for " + seconds + " s: " + why;
  }

  /** Why checks say nothing of it, for people; empty if they do. */
  synchronized String doubt() {
    return doubt;
  }

  /** The last checks, oldest first; 0: failed. */
  synchronized List<Long> history() {
    List<Long> history = new ArrayList<>();
    for (int i = Math.max(0, checked - HISTORY); i < checked; i++) {
      history.add(checks[i % HISTORY]);
    }
    return history;
  }
}
