package dev.gander.intercept;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The hashes of question.h and blocked.h: of a whole name, eight bytes at once; and of each label
 * by itself, then from the last label to the first, so that all suffixes of a name come out of one
 * pass. Immutable; any thread.
 */
final class NameHash {

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long seed;
  private final long k1;
  private final long k2;

  /** {@code k1} and {@code k2} must be odd. */
  NameHash(long seed, long k1, long k2) {
    this.seed = seed;
    this.k1 = k1;
    this.k2 = k2;
  }

  long mix(long hash, long word) {
    long h = (hash ^ word) * k1;
    return (h ^ (h >>> 32)) * k2;
  }

  /** Of a lower-case wire name, for a key of the index. */
  long whole(byte[] name) {
    long hash = seed;
    for (int i = 0; i < name.length; i += Long.BYTES) {
      hash = mix(hash, word(name, i, Math.min(Long.BYTES, name.length - i)));
    }
    return hash;
  }

  /** Of a lower-case wire name that begins at {@code at}, label by label. */
  long of(byte[] name, int at) {
    int length = name[at] & 0xff;
    return length == 0 ? seed : mix(of(name, at + 1 + length), label(name, at + 1, length));
  }

  /** Labels of the name, the root not counted. */
  static int labels(byte[] name) {
    int labels = 0;
    for (int at = 0; name[at] != 0; at += 1 + (name[at] & 0xff)) {
      labels++;
    }
    return labels;
  }

  private long label(byte[] name, int from, int length) {
    long hash = seed ^ length;
    for (int i = 0; i < length; i += Long.BYTES) {
      hash = mix(hash, word(name, from + i, Math.min(Long.BYTES, length - i)));
    }
    return hash;
  }

  private static long word(byte[] name, int at, int bytes) {
    if (bytes == Long.BYTES) {
      return (long) WORDS.get(name, at);
    }
    long word = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      word = (word << 8) | (name[at + i] & 0xff);
    }
    return word;
  }
}
