package dev.gander.publish;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Lets each thing pass at most once a second. Keeps only hashes, in a table of fixed size: of two
 * things in one place both may pass more often. Any thread; allocates nothing.
 */
final class Throttle {

  private static final int SECOND_BITS = 20;
  private static final long SECONDS = (1L << SECOND_BITS) - 1;
  private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;

  private final AtomicLongArray places;

  /**
   * Makes an empty table.
   *
   * @param size a power of two
   */
  Throttle(int size) {
    places = new AtomicLongArray(size);
  }

  /** Whether the thing with this hash has not passed in this second. */
  boolean pass(long hash, long nanos) {
    long mixed = mix(hash);
    long mark = (mixed & ~SECONDS) | ((TimeUnit.NANOSECONDS.toSeconds(nanos) + 1) & SECONDS);
    int place = (int) (mixed & SECONDS) & (places.length() - 1);
    if (places.getOpaque(place) == mark) {
      return false;
    }
    places.setOpaque(place, mark);
    return true;
  }

  /** Spreads a number over all bits. */
  static long mix(long value) {
    long product = (value ^ (value >>> 32)) * MULTIPLIER;
    return product ^ (product >>> 29);
  }
}
