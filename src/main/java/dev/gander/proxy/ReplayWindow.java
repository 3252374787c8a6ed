package dev.gander.proxy;

/**
 * Which numbers have come, of the latest 1,984; older ones count as come (RFC 6479). One thread at
 * a time.
 */
final class ReplayWindow {

  private static final int WORDS = 32;

  /** One word is always partly ahead of the highest number. */
  private static final int SIZE = (WORDS - 1) * Long.SIZE;

  private final long[] bits = new long[WORDS];
  private long highest = -1;

  /** Whether {@code number} comes for the first time; it has come then. */
  boolean take(long number) {
    if (number < 0 || (highest >= SIZE && number <= highest - SIZE)) {
      return false;
    }
    if (number > highest) {
      long ahead = Math.min(WORDS, number / Long.SIZE - Math.floorDiv(highest, Long.SIZE));
      for (long word = number / Long.SIZE; ahead > 0; ahead--, word--) {
        bits[(int) (word % WORDS)] = 0;
      }
      highest = number;
    }
    int word = (int) (number / Long.SIZE % WORDS);
    long bit = 1L << (number % Long.SIZE);
    if ((bits[word] & bit) != 0) {
      return false;
    }
    bits[word] |= bit;
    return true;
  }
}
