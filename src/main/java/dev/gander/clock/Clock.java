package dev.gander.clock;

import java.time.Duration;

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

  /** The machine's own clocks. */
  static Clock system() {
    return SystemClock.INSTANCE;
  }
}
