package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import java.util.Arrays;

/**
 * Names that rules speak of, in a form the kernel searches: one 64-bit word a name in buckets of
 * eight. The smallest rule index that applies to a name decides what becomes of it: rejected, or
 * left to the ordinary answers. One thread; filled once, then given to {@link
 * KernelAnswers#setBlocked}.
 *
 * <p>Names are known by a keyed hash of 64 bits. That one query is taken for another name's happens
 * with a probability of (labels × entries) / 2^64: below 10^-12 for 300,000 names.
 */
public final class BlockedNames {

  /** Rule indexes are below this. */
  public static final int RULES_MAX = Shared.BLOCKED_RULE >> 1;

  private static final int BUCKETS_MAX = 1 << 20;

  private final NameHash hash;
  private long[] slots = new long[64];
  private long[] hashes = new long[64];
  private int size;
  private int labels;

  BlockedNames(NameHash hash) {
    this.hash = hash;
  }

  /**
   * Adds a name.
   *
   * @param name lower-case wire name
   * @param itself whether the rule speaks of the name itself
   * @param below whether it speaks of names under it
   * @param rule its index, below {@link #RULES_MAX}
   * @param reject whether the rule rejects
   */
  public void add(byte[] name, boolean itself, boolean below, int rule, boolean reject) {
    if (rule < 0 || rule >= RULES_MAX || !(itself || below)) {
      throw new IllegalArgumentException("rule " + rule);
    }
    if (size == slots.length) {
      slots = Arrays.copyOf(slots, 2 * size);
      hashes = Arrays.copyOf(hashes, 2 * size);
    }
    int scope = (itself ? Shared.BLOCKED_ITSELF : 0) | (below ? Shared.BLOCKED_BELOW : 0);
    long h = hash.of(name, 0);
    hashes[size] = h;
    slots[size++] = (h & ~0xffffL) | scope | (rule << 1) | (reject ? 1 : 0);
    labels = Math.max(labels, NameHash.labels(name));
  }

  /** Entries added. */
  public int size() {
    return size;
  }

  /** Labels of the longest name. */
  int labels() {
    return labels;
  }

  /** The kernel's table; the caller closes it. */
  BpfMap table() {
    int buckets = 1;
    while (buckets * (long) Shared.BLOCKED_BUCKET * 5 < size * 8L) {
      buckets *= 2;
    }
    long[] table = layOut(buckets);
    while (table.length == 0) {
      buckets *= 2;
      if (buckets > BUCKETS_MAX) {
        throw new IllegalArgumentException(size + " blocked names are too many");
      }
      table = layOut(buckets);
    }
    BpfMap map = BpfMap.innerArray("blocked names", Shared.BLOCKED_BUCKET * Long.BYTES, buckets);
    try (BpfMap.View view = map.writableView()) {
      for (int i = 0; i < table.length; i++) {
        int within = i % Shared.BLOCKED_BUCKET * Long.BYTES;
        view.setLong(i / Shared.BLOCKED_BUCKET, within, table[i]);
      }
    }
    return map;
  }

  /** Empty if a bucket and those after it are full. */
  private long[] layOut(int buckets) {
    long[] table = new long[buckets * Shared.BLOCKED_BUCKET];
    for (int i = 0; i < size; i++) {
      int free = freeSlot(table, hashes[i], buckets - 1);
      if (free < 0) {
        return new long[0];
      }
      table[free] = slots[i];
    }
    return table;
  }

  private static int freeSlot(long[] table, long hash, int mask) {
    for (int probe = 0; probe < Shared.BLOCKED_PROBES; probe++) {
      int first = (((int) hash + probe) & mask) * Shared.BLOCKED_BUCKET;
      for (int i = first; i < first + Shared.BLOCKED_BUCKET; i++) {
        if (table[i] == 0) {
          return i;
        }
      }
    }
    return -1;
  }
}
