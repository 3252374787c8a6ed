package dev.gander.cache;

import dev.gander.message.Answer;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * One answer kept: fresh until its end, then stale for a while, then kept as a last resort until it
 * is gone. Times are {@code Clock.nanoTime}. Any thread.
 */
final class Entry {

  private static final AtomicLongFieldUpdater<Entry> NEXT_REFRESH =
      AtomicLongFieldUpdater.newUpdater(Entry.class, "nextRefreshNanos");

  private final Answer answer;
  private final long storedNanos;
  private final long endNanos;
  private final long goneNanos;
  private final Origin origin;
  private final int failures;
  private volatile long staleEndNanos;
  private volatile long nextRefreshNanos;

  /** Looks since it was kept; adding without a lock may lose some, and that is good enough. */
  private int hits;

  /** Where an entry comes from; decides who may hear of it. */
  enum Origin {
    /** A server. */
    SERVER,
    /** A response rule rejected what a server said. */
    RULE,
    /** A server's NXDOMAIN, kept once more for all types and names below. */
    CUT
  }

  /**
   * @param staleEndNanos until when it may be given at once
   * @param goneNanos until when it is kept at all
   * @param failures how many flights in a row have failed, if this is a failure
   */
  Entry(
      Answer answer,
      Origin origin,
      long storedNanos,
      long endNanos,
      long staleEndNanos,
      long goneNanos,
      int failures) {
    this.answer = answer;
    this.origin = origin;
    this.storedNanos = storedNanos;
    this.endNanos = endNanos;
    this.staleEndNanos = staleEndNanos;
    this.goneNanos = goneNanos;
    this.failures = failures;
    nextRefreshNanos = storedNanos;
  }

  Answer answer() {
    return answer;
  }

  Origin origin() {
    return origin;
  }

  long storedNanos() {
    return storedNanos;
  }

  long endNanos() {
    return endNanos;
  }

  long staleEndNanos() {
    return staleEndNanos;
  }

  long lifetimeNanos() {
    return goneNanos - storedNanos;
  }

  int failures() {
    return failures;
  }

  boolean isFailure() {
    return answer.kind() == Answer.Kind.FAILURE;
  }

  boolean freshAt(long now) {
    return now - endNanos < 0;
  }

  /** Whether it may be given at once though it has ended. */
  boolean staleAt(long now) {
    return now - staleEndNanos < 0;
  }

  /** Whether it may be given where there is nothing better. */
  boolean keptAt(long now) {
    return now - goneNanos < 0;
  }

  /** Whether a tenth of its TTL or less is left. */
  boolean nearItsEnd(long now) {
    return (endNanos - now) * 10 < endNanos - storedNanos;
  }

  int hits() {
    return hits;
  }

  void hit(int count) {
    int sum = hits + count;
    hits = sum < 0 ? Integer.MAX_VALUE : sum;
  }

  /** True for one caller until {@code pauseNanos} have passed: it refreshes this entry. */
  boolean claimRefresh(long now, long pauseNanos) {
    long next = nextRefreshNanos;
    return now - next >= 0 && NEXT_REFRESH.compareAndSet(this, next, now + pauseNanos);
  }

  /** No refresh for this long; meanwhile it may be given at once, even past its window. */
  void refreshFailed(long now, long pauseNanos) {
    long pauseEnd = now + pauseNanos;
    nextRefreshNanos = pauseEnd;
    if (staleEndNanos - pauseEnd < 0) {
      staleEndNanos = pauseEnd;
    }
  }
}
