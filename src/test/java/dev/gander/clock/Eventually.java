package dev.gander.clock;

import java.util.concurrent.TimeUnit;

/** Waits for what threads and processes do that tell of themselves by nothing but their state. */
public final class Eventually {

  /** Real time after which a test that waits has failed. */
  private static final long PATIENCE_SECONDS = 60;

  /** So often is looked all the same: this machine may have been stopped meanwhile. */
  private static final int FEWEST_LOOKS = 50;

  private static final long LONGEST_PAUSE_MILLIS = 20;

  /** What is looked at. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws Exception;
  }

  private Eventually() {}

  /**
   * Returns once it holds. Between two looks others may work: who spins takes from a small machine
   * what he waits for.
   *
   * @throws AssertionError if it does not within 60 s
   */
  public static void holds(Condition condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    for (int looks = 1; !condition.holds(); looks++) {
      if (looks >= FEWEST_LOOKS && System.nanoTime() - deadline > 0) {
        throw new AssertionError("it does not hold in " + PATIENCE_SECONDS + " s");
      }
      TimeUnit.MILLISECONDS.sleep(Math.min(looks, LONGEST_PAUSE_MILLIS));
    }
  }
}
