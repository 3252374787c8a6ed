package dev.gander.local;

import java.util.Arrays;

/**
 * Names and a number for each: wire names end to end in one array, found by open addressing; some
 * 35 bytes a name. One thread fills it; afterwards any number may look. Looking allocates nothing.
 */
final class NameTable {

  static final int NONE = -1;

  /** 31 to the power of the index: what turns a name's hash into that of a suffix. */
  private static final int[] POWERS = new int[256];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = 31 * POWERS[i - 1];
    }
  }

  private byte[] names = new byte[256];
  private int used;

  /** Where the name starts in {@link #names}, and one more; 0 is a free slot. */
  private int[] starts = new int[16];

  private int[] values = new int[16];
  private int size;

  int size() {
    return size;
  }

  /**
   * Gives the name this number, also if it had another.
   *
   * @param name lower-cased wire form
   * @param value 0 or more
   */
  void put(byte[] name, int value) {
    int slot = slot(name, 0, name.length, Arrays.hashCode(name));
    if (starts[slot] == 0) {
      if (2 * (size + 1) > starts.length) {
        grow();
        slot = slot(name, 0, name.length, Arrays.hashCode(name));
      }
      if (used + name.length > names.length) {
        names = Arrays.copyOf(names, Math.max(used + name.length, names.length + names.length / 2));
      }
      System.arraycopy(name, 0, names, used, name.length);
      starts[slot] = used + 1;
      used += name.length;
      size++;
    }
    values[slot] = value;
  }

  /** The number of the name, or {@link #NONE}. */
  int get(byte[] name) {
    return find(name, 0, name.length, Arrays.hashCode(name));
  }

  /**
   * The number of a name that stands somewhere.
   *
   * @param hash {@link Arrays#hashCode(byte[])} of it
   */
  int find(byte[] name, int from, int length, int hash) {
    int slot = slot(name, from, length, hash);
    return starts[slot] == 0 ? NONE : values[slot];
  }

  /**
   * The number of the longest name here that {@code name} is or lies below.
   *
   * @param below whether only names above count
   * @param hash of the whole name
   */
  int findAbove(byte[] name, int length, int hash, boolean below) {
    if (size == 0) {
      return NONE;
    }
    int before = 1; // the hash of what stands before `at`
    int at = 0;
    while (true) {
      if (at > 0 || !below) {
        int suffixHash = hash - (before - 1) * POWERS[length - at];
        int value = find(name, at, length - at, suffixHash);
        if (value != NONE) {
          return value;
        }
      }
      int end = at + 1 + name[at];
      if (end >= length) {
        return NONE;
      }
      for (; at < end; at++) {
        before = 31 * before + name[at];
      }
    }
  }

  /** Where the name is, or would be. */
  private int slot(byte[] name, int from, int length, int hash) {
    int mask = starts.length - 1;
    int slot = (((hash ^ (hash >>> 15)) * 0x9e3779b1) >>> 7) & mask;
    while (starts[slot] != 0 && !holds(starts[slot] - 1, name, from, length)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** A wire name is never the beginning of another, so equal bytes are the same name. */
  private boolean holds(int start, byte[] name, int from, int length) {
    return start + length <= used
        && Arrays.equals(names, start, start + length, name, from, from + length);
  }

  private void grow() {
    int[] oldStarts = starts;
    int[] oldValues = values;
    starts = new int[2 * oldStarts.length];
    values = new int[starts.length];
    for (int i = 0; i < oldStarts.length; i++) {
      if (oldStarts[i] != 0) {
        int from = oldStarts[i] - 1;
        int length = lengthAt(from);
        int hash = 1;
        for (int j = from; j < from + length; j++) {
          hash = 31 * hash + names[j];
        }
        int slot = slot(names, from, length, hash);
        starts[slot] = oldStarts[i];
        values[slot] = oldValues[i];
      }
    }
  }

  /** Hears of one name and its number. */
  interface Each {
    void accept(byte[] name, int value);
  }

  /** Tells all names, in no order. */
  void forEach(Each each) {
    for (int i = 0; i < starts.length; i++) {
      if (starts[i] != 0) {
        int from = starts[i] - 1;
        each.accept(Arrays.copyOfRange(names, from, from + lengthAt(from)), values[i]);
      }
    }
  }

  private int lengthAt(int start) {
    int at = start;
    while (names[at] != 0) {
      at += 1 + names[at];
    }
    return at + 1 - start;
  }
}
