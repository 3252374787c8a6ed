package dev.gander.route;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The labels of one name: where each starts and its hash. Reused from look-up to look-up.
 *
 * <p>Labels are hashed left to right, as they lie, eight bytes at a time; the hash of a suffix is
 * then combined right to left, one step a label. So all suffixes of a name are hashed for the price
 * of reading it once.
 */
final class NameLabels {

  /** The hash of the root name, of which every name is a child. */
  private static final long ROOT_HASH = 0x2545f4914f6cdd1dL;

  private static final int MOST_LABELS = 127;
  private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final int[] starts = new int[MOST_LABELS + 1];
  private final long[] hashes = new long[MOST_LABELS];
  private final long[] suffixHashes = new long[MOST_LABELS + 1];
  private final long[] scratch = new long[MOST_LABELS + 1];
  private int count;

  /** Reads a lower-cased wire name that begins at {@code offset} and is well formed. */
  void read(byte[] name, int offset) {
    int labels = 0;
    int at = offset;
    for (int length = name[at]; length != 0; length = name[at]) {
      starts[labels] = at;
      hashes[labels++] = hash(name, at + 1, length);
      at += length + 1;
    }
    starts[labels] = at;
    count = labels;
    long hash = ROOT_HASH;
    suffixHashes[0] = hash;
    for (int label = labels - 1; label >= 0; label--) {
      hash = mix(Long.rotateLeft(hash, 23) ^ hashes[label]);
      suffixHashes[labels - label] = hash;
    }
  }

  /** How many labels the name has, without the root. */
  int count() {
    return count;
  }

  /** Where label {@code index} starts (its length byte); that of the root is the last. */
  int start(int index) {
    return starts[index];
  }

  /** By number of labels, the hash of the suffix that has so many. */
  long[] suffixHashes() {
    return suffixHashes;
  }

  /** Room for one value a suffix, for who looks the suffixes up. */
  long[] scratch() {
    return scratch;
  }

  private static long hash(byte[] name, int start, int length) {
    long hash = length;
    int at = start;
    int end = start + length;
    for (; at + 8 <= end; at += 8) {
      hash = mix(hash ^ (long) LONGS.get(name, at));
    }
    return at == end ? hash : mix(hash ^ tail(name, at, end - at));
  }

  /** The last one to seven bytes as a number. */
  private static long tail(byte[] name, int at, int count) {
    if (at + 8 <= name.length) {
      return (long) LONGS.get(name, at) & (-1L >>> (64 - 8 * count));
    }
    long value = 0;
    for (int i = count - 1; i >= 0; i--) {
      value = (value << 8) | (name[at + i] & 0xff);
    }
    return value;
  }

  private static long mix(long value) {
    long product = value * MULTIPLIER;
    return product ^ (product >>> 32);
  }
}
