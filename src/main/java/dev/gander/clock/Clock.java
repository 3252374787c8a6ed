package dev.gander.clock;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Time as the rooms see it. Rooms take one in their constructor, so that tests can move it; only
 * {@link #system()} reads the machine's clocks. Any thread.
 */
public interface Clock {

  /** Monotonic nanoseconds since an arbitrary origin; never goes back. For durations only. */
  long nanoTime();

  /** Wall-clock milliseconds since 1970-01-01 UTC; may jump. For people and for files. */
  long epochMillis();

  /**
   * Blocks the calling (virtual) thread for {@code duration}, or until it is interrupted.
   *
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  void sleep(Duration duration) throws InterruptedException;

  /**
   * Blocks the calling (virtual) thread until {@code done} completes in any way, or {@link
   * #nanoTime} reaches {@code deadlineNanos}. Every timed wait in gander is this one, so that tests
   * can end it by moving time. It ends up to ten milliseconds late.
   *
   * @return whether {@code done} has completed
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  boolean await(CompletableFuture<?> done, long deadlineNanos) throws InterruptedException;

  /**
   * Has {@code action} run, on a virtual thread of its own, when {@link #nanoTime} has reached
   * {@code deadlineNanos}: never before, and up to ten milliseconds after.
   */
  Alarm alarm(long deadlineNanos, Runnable action);

  /** Something that is to happen, unless it is cancelled before. */
  interface Alarm {
    /** What has not begun will not happen; cheap, at any time, any number of times. */
    void cancel();
  }

  /** The machine's own clocks. */
  static Clock system() {
    return SystemClock.INSTANCE;
  }
}
