package dev.gander.controller;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many popular answers may be asked for before anybody misses them: one for ten questions that
 * clients had asked upstream, and {@value #PER_SECOND} a second where clients ask little else than
 * what is known. Any thread.
 */
final class PrefetchBudget {

  static final int PER_SECOND = 10;

  /** In thousandths of a prefetch. */
  private static final long ONE = 1000;

  private static final long SHARE = ONE / 10;
  private static final long MOST = 100 * ONE;

  private final AtomicLong left = new AtomicLong(MOST);
  private final AtomicLong countedNanos;

  /**
   * @param now {@code Clock.nanoTime}, as everywhere here
   */
  PrefetchBudget(long now) {
    countedNanos = new AtomicLong(now);
  }

  /** A client's question has gone upstream. */
  void flightStarted() {
    add(SHARE);
  }

  /** Takes one, if there is one. */
  boolean take(long now) {
    long counted = countedNanos.get();
    long earned = (now - counted) / (TimeUnit.SECONDS.toNanos(1) / (PER_SECOND * ONE));
    if (earned > 0 && countedNanos.compareAndSet(counted, now)) {
      add(Math.min(earned, MOST));
    }
    return left.getAndUpdate(have -> have >= ONE ? have - ONE : have) >= ONE;
  }

  private void add(long thousandths) {
    left.getAndUpdate(have -> Math.min(MOST, have + thousandths));
  }
}
