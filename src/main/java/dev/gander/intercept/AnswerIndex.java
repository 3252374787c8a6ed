package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import java.util.Arrays;

/**
 * Which answer lies where: the index of store.h, which the kernel searches, and the places that are
 * free. An answer is written into a free place first and shown afterwards, by one word; what it
 * replaces is free from then on, and the longest free place is taken next. Where none is free, a
 * hand goes round the places and takes the first whose answer was not given since it last came by
 * (CLOCK). One thread at a time, but for {@link #takeHits}.
 */
final class AnswerIndex {

  private static final int NONE = -1;

  /** How far the hand goes for one place. */
  private static final int STEPS_MAX = 64;

  private static final int USAGES = Shared.WAYS * Long.BYTES;
  private static final int PLACES = Shared.PLACE_LARGE - 1;
  private static final long VERSIONS = (1L << (Shared.TAG_SHIFT - Shared.VERSION_SHIFT)) - 1;

  private final BpfMap.View index;
  private final int lines;
  private final int[] slots; // by way: line × WAYS + position
  private final boolean[] given; // by way: since the hand last came by
  private final Pool small;
  private final Pool large;
  private int turn;
  private long version; // of the word that was shown last

  /** The places of one size. */
  private static final class Pool {
    final int flag; // in a word
    final int limit; // answers
    final int[] ways; // by place; NONE where it is free
    final int[] free; // a ring
    int firstFree;
    int freeCount;
    int hand;

    Pool(int flag, int limit, int places) {
      this.flag = flag;
      this.limit = limit;
      ways = new int[places];
      free = new int[places];
      Arrays.fill(ways, NONE);
    }

    void release(int place) {
      ways[place] = NONE;
      free[(firstFree + freeCount++) % free.length] = place;
    }

    int take() {
      int place = free[firstFree];
      firstFree = (firstFree + 1) % free.length;
      freeCount--;
      return place;
    }

    int used() {
      return ways.length - freeCount;
    }
  }

  /**
   * Learns what the index says already, if another process has left it.
   *
   * @param index the map, writable
   * @param lines its size, a power of two
   * @param small at most so many answers; there are {@code smallPlaces} for them, some more
   */
  AnswerIndex(
      BpfMap.View index, int lines, int small, int smallPlaces, int large, int largePlaces) {
    this.index = index;
    this.lines = lines;
    slots = new int[lines * Shared.WAYS];
    given = new boolean[slots.length];
    this.small = new Pool(0, small, smallPlaces);
    this.large = new Pool(Shared.PLACE_LARGE, large, largePlaces);
    Arrays.fill(slots, NONE);
    for (int way = 0; way < slots.length; way++) {
      long word = word(way);
      if (word != 0) {
        poolOf(word).ways[placeOf(word)] = way;
      }
    }
    for (Pool pool : new Pool[] {this.small, this.large}) {
      for (int place = 0; place < pool.ways.length; place++) {
        if (pool.ways[place] == NONE) {
          pool.release(place);
        }
      }
    }
  }

  /** Lines of an index for so many answers. */
  static int linesFor(int answers) {
    int lines = Math.max(1, answers / 2);
    return lines == 1 ? 1 : Integer.highestOneBit(lines - 1) << 1;
  }

  private long word(int way) {
    return index.longAt(way / Shared.WAYS, way % Shared.WAYS * Long.BYTES);
  }

  private void setWord(int way, long word) {
    index.publishLong(way / Shared.WAYS, way % Shared.WAYS * Long.BYTES, word);
  }

  private Pool poolOf(long word) {
    return ((int) word & Shared.PLACE_LARGE) != 0 ? large : small;
  }

  private static int placeOf(long word) {
    return ((int) word & PLACES) - 1;
  }

  private int line(long key) {
    return (int) key & (lines - 1);
  }

  private int otherLine(long key) {
    return line(key) ^ otherwise(key);
  }

  /** How the two lines of a key, or of a word, differ. */
  private int otherwise(long key) {
    return (int) (key >>> Shared.TAG_SHIFT) & (lines - 1);
  }

  private int find(long key) {
    int way = findIn(line(key), key);
    return way == NONE ? findIn(otherLine(key), key) : way;
  }

  private int findIn(int line, long key) {
    for (int way = line * Shared.WAYS; way < (line + 1) * Shared.WAYS; way++) {
      if ((word(way) ^ key) >>> Shared.TAG_SHIFT == 0) {
        return way;
      }
    }
    return NONE;
  }

  /**
   * A place to write the answer of {@code key} into, before it is shown; another answer goes if it
   * must.
   */
  int take(long key, boolean isLarge) {
    Pool pool = isLarge ? large : small;
    int way = find(key);
    int replaced = way != NONE && poolOf(word(way)) == pool ? 1 : 0;
    if (pool.freeCount == 0 || pool.used() - replaced >= pool.limit) {
      forget(leastGiven(pool));
    }
    return pool.take();
  }

  /** A way whose answer was not given for long. */
  private int leastGiven(Pool pool) {
    int way = NONE;
    for (int steps = 0; way == NONE || (steps < STEPS_MAX && wasGiven(way)); steps++) {
      if (way != NONE) {
        given[way] = false;
      }
      way = pool.ways[pool.hand];
      pool.hand = (pool.hand + 1) % pool.ways.length;
    }
    return way;
  }

  private boolean wasGiven(int way) {
    return given[way] || index.intAt(way / Shared.WAYS, hitsAt(way)) != 0;
  }

  private static int usageAt(int way) {
    return USAGES + way % Shared.WAYS * Shared.USAGE_SIZE;
  }

  private static int hitsAt(int way) {
    return usageAt(way) + Shared.USAGE_HITS;
  }

  private void forget(int way) {
    long word = word(way);
    setWord(way, 0);
    slots[way] = NONE;
    poolOf(word).release(placeOf(word));
  }

  /** From now on the answer in {@code place} of {@link #take} is the one of {@code key}. */
  void show(long key, int place, boolean isLarge, int slot) {
    Pool pool = isLarge ? large : small;
    int way = find(key);
    long before = 0;
    if (way == NONE) {
      way = freeWay(key);
      index.setLong(way / Shared.WAYS, usageAt(way), 0);
      given[way] = false;
    } else {
      before = word(way);
    }
    slots[way] = slot;
    pool.ways[place] = way;
    version = (version + 1) & VERSIONS;
    long tag = key >>> Shared.TAG_SHIFT << Shared.TAG_SHIFT;
    setWord(way, tag | (version << Shared.VERSION_SHIFT) | pool.flag | (place + 1));
    if (before != 0) {
      poolOf(before).release(placeOf(before));
    }
  }

  /** A free way in one of the key's lines, made free if it must. */
  private int freeWay(long key) {
    int first = freeIn(line(key));
    if (first != NONE) {
      return first;
    }
    int second = freeIn(otherLine(key));
    if (second != NONE) {
      return second;
    }
    int moved = moveOne(line(key));
    if (moved == NONE) {
      moved = moveOne(otherLine(key));
    }
    return moved == NONE ? forgetOne(line(key)) : moved;
  }

  private int freeIn(int line) {
    for (int way = line * Shared.WAYS; way < (line + 1) * Shared.WAYS; way++) {
      if (word(way) == 0) {
        return way;
      }
    }
    return NONE;
  }

  /** Moves an answer to the other line it may be in, if there is room; the way that is free now. */
  private int moveOne(int line) {
    for (int way = line * Shared.WAYS; way < (line + 1) * Shared.WAYS; way++) {
      long word = word(way);
      int to = freeIn(line ^ otherwise(word));
      if (to != NONE) {
        index.setLong(to / Shared.WAYS, usageAt(to), index.longAt(line, usageAt(way)));
        slots[to] = slots[way];
        given[to] = given[way];
        poolOf(word).ways[placeOf(word)] = to;
        setWord(to, word); // for a moment in both, never in none
        setWord(way, 0);
        slots[way] = NONE;
        return way;
      }
    }
    return NONE;
  }

  /** Forgets an answer of a full line, if possible one that was not given for long. */
  private int forgetOne(int line) {
    int victim = line * Shared.WAYS + turn++ % Shared.WAYS;
    for (int way = line * Shared.WAYS; way < (line + 1) * Shared.WAYS; way++) {
      victim = wasGiven(way) ? victim : way;
    }
    forget(victim);
    return victim;
  }

  /** Forgets the answer of {@code key}, if there is one. */
  void hide(long key) {
    int way = find(key);
    if (way != NONE) {
      forget(way);
    }
  }

  /**
   * Tells each slot's hits since the last call. Also while another thread changes the index: a few
   * hits may then be lost, or credited to an answer's successor.
   */
  void takeHits(KernelAnswers.HitSink sink) {
    for (int way = 0; way < slots.length; way++) {
      int line = way / Shared.WAYS;
      if (index.intAt(line, hitsAt(way)) != 0) {
        int hits = index.takeInt(line, hitsAt(way));
        int slot = slots[way];
        given[way] = true;
        if (hits != 0 && slot != NONE) {
          sink.hits(slot, hits);
        }
      }
    }
  }
}
