package dev.gander.route;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Names and suffixes of all rules in one hash table. A look-up probes once for each suffix of the
 * asked name, label by label from the right; a probe that finds nothing reads one cache line.
 *
 * <p>Each key lies in {@code arena} as four bytes (the number of its class) and its wire name. A
 * slot holds 32 bits of the key's hash and where the key lies; a slot whose bits agree is compared
 * byte by byte, so that no two names are ever taken for each other.
 */
final class SuffixTable {

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int CLASS_BYTES = 4;

  /** Room after the last key: comparing a longer name with it stays inside the array. */
  private static final int PADDING = 256;

  private final long[] slots;
  private final byte[] arena;

  /** By class: what holds for the key itself, and what for names below it. */
  private final int[] exactSets;

  private final int[] belowSets;

  /** Bit n: there is a key of n labels; the last bit stands for all longer ones. */
  private final long depths;

  private SuffixTable(long[] slots, byte[] arena, int[] exactSets, int[] belowSets, long depths) {
    this.slots = slots;
    this.arena = arena;
    this.exactSets = exactSets;
    this.belowSets = belowSets;
    this.depths = depths;
  }

  /**
   * Marks the members of every set that holds for the name, which {@code labels} has read.
   *
   * <p>First the slots of all suffixes are read, then they are looked at: the reads do not depend
   * on each other, so the processor waits for memory once, not once a label.
   */
  void mark(byte[] name, NameLabels labels, IdSets sets, long[] marks) {
    int count = labels.count();
    int end = labels.start(count) + 1;
    long[] hashes = labels.suffixHashes();
    long[] entries = labels.scratch();
    for (int depth = 0; depth <= count; depth++) {
      boolean known = ((depths >>> Math.min(depth, 63)) & 1) != 0;
      entries[depth] = known ? slots[slot(hashes[depth], slots.length)] : 0;
    }
    for (int depth = 0; depth <= count; depth++) {
      if (entries[depth] != 0) {
        int key = find(slots, arena, hashes[depth], name, labels.start(count - depth), end);
        if (key != 0) {
          int keyClass = (int) INTS.get(arena, key);
          sets.mark(depth == count ? exactSets[keyClass] : belowSets[keyClass], marks);
        }
      }
    }
  }

  /** Shows each name with the numbers of its two sets, in no order. */
  void forEach(Visitor visitor) {
    NameLabels labels = new NameLabels();
    for (long entry : slots) {
      if (entry != 0) {
        int key = (int) entry;
        int name = key + CLASS_BYTES;
        labels.read(arena, name);
        int length = labels.start(labels.count()) + 1 - name;
        int keyClass = (int) INTS.get(arena, key);
        visitor.name(arena, name, length, exactSets[keyClass], belowSets[keyClass]);
      }
    }
  }

  int size() {
    int size = 0;
    for (long entry : slots) {
      size += entry == 0 ? 0 : 1;
    }
    return size;
  }

  /** Sees a name of the table. */
  interface Visitor {

    /**
     * Called once for each name.
     *
     * @param buffer holds the wire name; read only, valid during the call
     * @param exact the set that holds for the name itself
     * @param below the set that holds for the names below it
     */
    void name(byte[] buffer, int offset, int length, int exact, int below);
  }

  /** Where in the arena the key lies, or 0. */
  private static int find(long[] slots, byte[] arena, long hash, byte[] name, int start, int end) {
    int slot = slot(hash, slots.length);
    for (long entry = slots[slot]; entry != 0; entry = slots[slot]) {
      if ((int) (entry >>> 32) == (int) hash) {
        int key = (int) entry;
        int bytes = key + CLASS_BYTES;
        if (Arrays.equals(arena, bytes, bytes + end - start, name, start, end)) {
          return key;
        }
      }
      slot = slot + 1 == slots.length ? 0 : slot + 1;
    }
    return 0;
  }

  /** Spreads the upper half of the hash over {@code size} slots. */
  private static int slot(long hash, int size) {
    return (int) (((hash >>> 32) * size) >>> 32);
  }

  static final class Builder {

    private final IdSets.Builder sets;
    private final NameLabels labels = new NameLabels();
    private final Map<Long, Integer> classes = new HashMap<>();
    private int[] exactSets = new int[16];
    private int[] belowSets = new int[16];
    private long[] slots = new long[1024];
    private byte[] arena = new byte[16 * 1024];

    /** Where the next key goes; 0 is no place, so that an entry is never 0. */
    private int arenaEnd = 1;

    private int keys;
    private long depths;

    Builder(IdSets.Builder sets) {
      this.sets = sets;
    }

    /**
     * Adds a rule's name.
     *
     * @param name lower-cased wire name from the start of the array
     * @param exact whether the name itself is meant
     * @param below whether the names below it are meant
     */
    void add(int id, byte[] name, int length, boolean exact, boolean below) {
      labels.read(name, 0);
      int count = labels.count();
      depths |= 1L << Math.min(count, 63);
      long hash = labels.suffixHashes()[count];
      int key = find(slots, arena, hash, name, 0, length);
      if (key == 0) {
        key = append(name, length, hash);
      }
      int old = (int) INTS.get(arena, key);
      int exactSet = exact ? sets.with(exactSets[old], id) : exactSets[old];
      int belowSet = below ? sets.with(belowSets[old], id) : belowSets[old];
      INTS.set(arena, key, classOf(exactSet, belowSet));
    }

    private int append(byte[] name, int length, long hash) {
      if (++keys * 2L > slots.length) {
        slots = spread(slots.length * 2);
      }
      long wanted = (long) arenaEnd + CLASS_BYTES + length + PADDING;
      if (wanted > arena.length) {
        arena = Arrays.copyOf(arena, (int) Math.min(Integer.MAX_VALUE - 8, wanted * 2));
      }
      int key = arenaEnd;
      INTS.set(arena, key, classOf(IdSets.EMPTY, IdSets.EMPTY));
      System.arraycopy(name, 0, arena, key + CLASS_BYTES, length);
      arenaEnd += CLASS_BYTES + length;
      put(slots, hash, key);
      return key;
    }

    private int classOf(int exactSet, int belowSet) {
      int next = classes.size();
      Integer known = classes.putIfAbsent(((long) exactSet << 32) | belowSet, next);
      if (known != null) {
        return known;
      }
      if (next == exactSets.length) {
        exactSets = Arrays.copyOf(exactSets, next * 2);
        belowSets = Arrays.copyOf(belowSets, next * 2);
      }
      exactSets[next] = exactSet;
      belowSets[next] = belowSet;
      return next;
    }

    /** All keys in a table of {@code size} slots. */
    private long[] spread(int size) {
      long[] table = new long[size];
      for (long entry : slots) {
        if (entry != 0) {
          int key = (int) entry;
          labels.read(arena, key + CLASS_BYTES);
          put(table, labels.suffixHashes()[labels.count()], key);
        }
      }
      return table;
    }

    private static void put(long[] table, long hash, int key) {
      int slot = slot(hash, table.length);
      while (table[slot] != 0) {
        slot = slot + 1 == table.length ? 0 : slot + 1;
      }
      table[slot] = (hash << 32) | key;
    }

    /** A table half full: short probes for 16 bytes a key. */
    SuffixTable build() {
      int classCount = classes.size();
      return new SuffixTable(
          spread(Math.max(2, keys * 2)),
          Arrays.copyOf(arena, arenaEnd + PADDING),
          Arrays.copyOf(exactSets, classCount),
          Arrays.copyOf(belowSets, classCount),
          depths);
    }
  }
}
