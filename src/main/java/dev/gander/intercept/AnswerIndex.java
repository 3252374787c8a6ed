package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Which answer lies where: the lines of store.h, which the kernel searches, and the places that are
 * free. An answer is written where none is shown and shown afterwards, by one word; only then what
 * it replaces is free. Where there are as many as may be, a hand goes round and takes the first
 * whose answer was not given since it last came by (CLOCK). One thread at a time, but for {@link
 * #takeHits}.
 */
final class AnswerIndex {

  private static final int NONE = -1;

  /** How far the hand goes for one place. */
  private static final int STEPS_MAX = 64;

  /**
   * So many that nobody asked for, but that it has not come by before, are enough for one place:
   * were all new, it would otherwise be round again before those in demand are asked for again.
   */
  private static final int YOUNG_MAX = 4;

  private static final int PLACES = Shared.PLACE_LARGE - 1;
  private static final long VERSIONS = (1L << (Shared.TAG_SHIFT - Shared.VERSION_SHIFT)) - 1;
  private static final int TAG_BITS = Long.SIZE - Shared.TAG_SHIFT;

  private final BpfMap.View memory;
  private final int lines;
  private final int[] slots; // by way: line × WAYS + position
  private final boolean[] given; // by way: since the hand last came by
  private final boolean[] fresh; // by way: the hand has not come by yet
  private final char[] passed; // by way: its hits when the hand last came by
  private final long[] due; // by way: from when on its hits are told
  private final int smallLimit;
  private final Pool large;
  private int small; // shown
  private int hand; // ways
  private int turn;
  private long version; // of the word that was shown last

  /** The places of large answers. */
  private static final class Pool {
    final int limit; // answers
    final int[] ways; // by place; NONE where it is free
    final int[] free; // a ring
    int firstFree;
    int freeCount;
    int hand;

    Pool(int limit, int places) {
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
   * Learns what the lines say already, if another process has left them.
   *
   * @param memory the lines, writable
   * @param lines how many
   * @param small at most so many answers in them; more would leave some no way
   * @param large at most so many elsewhere; there are {@code largePlaces} for them, some more
   */
  AnswerIndex(BpfMap.View memory, int lines, int small, int large, int largePlaces) {
    this.memory = memory;
    this.lines = lines;
    smallLimit = small;
    slots = new int[lines * Shared.WAYS];
    given = new boolean[slots.length];
    fresh = new boolean[slots.length];
    passed = new char[slots.length];
    due = new long[slots.length];
    this.large = new Pool(large, largePlaces);
    Arrays.fill(slots, NONE);
    for (int way = 0; way < slots.length; way++) {
      long word = word(way);
      if (isLarge(word)) {
        this.large.ways[placeOf(word)] = way;
      } else if (word != 0) {
        this.small++;
      }
    }
    for (int place = 0; place < largePlaces; place++) {
      if (this.large.ways[place] == NONE) {
        this.large.release(place);
      }
    }
  }

  /** Lines for so many small answers: a fifth of their ways stays free. */
  static int linesFor(int answers) {
    return Math.max(1, (answers + Shared.WAYS - 2) / (Shared.WAYS - 1));
  }

  private long word(int way) {
    return memory.longAt(way / Shared.WAYS, way % Shared.WAYS * Long.BYTES);
  }

  private void setWord(int way, long word) {
    memory.publishLong(way / Shared.WAYS, way % Shared.WAYS * Long.BYTES, word);
  }

  private static boolean isLarge(long word) {
    return ((int) word & Shared.PLACE_LARGE) != 0;
  }

  private static int placeOf(long word) {
    return ((int) word & PLACES) - 1;
  }

  private int line(long key) {
    return (int) (((key & 0xffffffffL) * lines) >>> 32);
  }

  /** The other line of a key, or of a word. */
  private int otherLine(long key, int line) {
    int sum = (int) (((key >>> Shared.TAG_SHIFT) * lines) >>> TAG_BITS);
    return sum >= line ? sum - line : sum + lines - line;
  }

  private int find(long key) {
    int way = findIn(line(key), key);
    return way == NONE ? findIn(otherLine(key, line(key)), key) : way;
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
   * Shows an answer that fits into a line, in place of what was shown of its key.
   *
   * @param image the whole entry
   * @param slot told with its hits
   * @param dueNanos see {@link #takeHits}
   */
  void put(long key, ByteBuffer image, int slot, long dueNanos) {
    int before = find(key);
    if (small >= smallLimit && (before == NONE || isLarge(word(before)))) {
      forget(leastGivenSmall());
      before = find(key);
    }
    int way = freeWay(key, before);
    if (way == before) {
      before = NONE;
    }
    memory.write(way / Shared.WAYS, entryAt(way), image);
    show(key, way, before, 0, slot, dueNanos);
    small++;
  }

  /** A place for a large answer, to be written before {@link #showLarge}. */
  int takeLarge(long key) {
    int before = find(key);
    int replaced = before != NONE && isLarge(word(before)) ? 1 : 0;
    if (large.freeCount == 0 || large.used() - replaced >= large.limit) {
      forget(leastGivenLarge());
    }
    return large.take();
  }

  /** From now on the answer in {@code place} of {@link #takeLarge} is the one of {@code key}. */
  void showLarge(long key, int place, int slot, long dueNanos) {
    int before = find(key);
    int way = freeWay(key, before);
    if (way == before) {
      before = NONE;
    }
    large.ways[place] = way;
    show(key, way, before, Shared.PLACE_LARGE | (place + 1), slot, dueNanos);
  }

  private void show(long key, int way, int before, int place, int slot, long dueNanos) {
    int usage = 0;
    if (before != NONE) {
      // The hits of an answer that is put again go on counting; its successor's begin anew.
      int kept = due[before] == dueNanos ? -1 : ~Shared.HITS_MASK;
      usage = kept & memory.intAt(before / Shared.WAYS, usageAt(before));
    }
    memory.setInt(way / Shared.WAYS, usageAt(way), usage);
    given[way] = before != NONE && wasGiven(before);
    fresh[way] = before == NONE || fresh[before];
    passed[way] = (char) (usage & Shared.HITS_MASK);
    slots[way] = slot;
    due[way] = dueNanos;
    version = (version + 1) & VERSIONS;
    long tag = key >>> Shared.TAG_SHIFT << Shared.TAG_SHIFT;
    setWord(way, tag | (version << Shared.VERSION_SHIFT) | place);
    if (before != NONE) {
      forget(before);
    }
  }

  /**
   * A way with a small answer that was not given for long. New ones lie anywhere, so each stays
   * until the hand has come by once.
   */
  private int leastGivenSmall() {
    int way = NONE;
    int firstYoung = NONE;
    int young = 0;
    for (int steps = 0; steps < STEPS_MAX && young < YOUNG_MAX; steps++) {
      way = nextSmall();
      boolean isGiven = wasGiven(way);
      if (!isGiven && !fresh[way]) {
        return way;
      }
      pass(way);
      if (!isGiven) {
        firstYoung = young++ == 0 ? way : firstYoung;
      }
    }
    return young == 0 ? way : firstYoung;
  }

  private int nextSmall() {
    long word;
    do {
      hand = (hand + 1) % slots.length;
      word = word(hand);
    } while (word == 0 || isLarge(word));
    return hand;
  }

  private int leastGivenLarge() {
    int way = NONE;
    for (int steps = 0; way == NONE || (steps < STEPS_MAX && wasGiven(way)); steps++) {
      pass(way);
      way = large.ways[large.hand];
      large.hand = (large.hand + 1) % large.ways.length;
    }
    return way;
  }

  /** The hand goes on: the next time only what is given from now on counts. */
  private void pass(int way) {
    if (way != NONE) {
      given[way] = false;
      fresh[way] = false;
      passed[way] = (char) hitsOf(way);
    }
  }

  private boolean wasGiven(int way) {
    int hits = hitsOf(way);
    return given[way] || hits != passed[way] || hits >= Shared.HITS_MAX;
  }

  private int hitsOf(int way) {
    return memory.intAt(way / Shared.WAYS, usageAt(way)) & Shared.HITS_MASK;
  }

  private static int usageAt(int way) {
    return Shared.LINE_USAGES + way % Shared.WAYS * Integer.BYTES;
  }

  private static int entryAt(int way) {
    return Shared.LINE_ANSWERS + way % Shared.WAYS * Shared.ANSWER_SMALL;
  }

  private void forget(int way) {
    long word = word(way);
    setWord(way, 0);
    slots[way] = NONE;
    if (isLarge(word)) {
      large.release(placeOf(word));
    } else {
      small--;
    }
  }

  /**
   * A way in one of the key's lines whose word is 0, made free if it must; {@code before} only if
   * there is no other.
   */
  private int freeWay(long key, int before) {
    int line = line(key);
    int other = otherLine(key, line);
    int way = freeIn(line, preferred(key));
    if (way == NONE) {
      way = freeIn(other, preferred(key));
    }
    if (way == NONE && before != NONE) {
      forget(before);
      return before;
    }
    if (way == NONE) {
      way = moveOne(line);
    }
    if (way == NONE) {
      way = moveOne(other);
    }
    if (way == NONE) {
      way = moveTwo(line);
    }
    return way == NONE ? forgetOne(line) : way;
  }

  /** Where in its line an answer lies if it may: the kernel looks there before it knows. */
  static int preferred(long key) {
    return (int) ((((key >>> 32) & 0xff) * Shared.WAYS) >>> 8);
  }

  private int freeIn(int line, int first) {
    for (int i = 0; i < Shared.WAYS; i++) {
      int way = line * Shared.WAYS + (first + i) % Shared.WAYS;
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
      int to = freeIn(otherLine(word, line), 0);
      if (to != NONE) {
        memory.copy(line, entryAt(way), to / Shared.WAYS, entryAt(to), Shared.ANSWER_SMALL);
        int usage = memory.intAt(line, usageAt(way));
        memory.setInt(to / Shared.WAYS, usageAt(to), usage);
        slots[to] = slots[way];
        given[to] = given[way];
        fresh[to] = fresh[way];
        passed[to] = passed[way];
        due[to] = due[way];
        if (isLarge(word)) {
          large.ways[placeOf(word)] = to;
        }
        setWord(to, word); // for a moment in both, never in none
        setWord(way, 0);
        slots[way] = NONE;
        return way;
      }
    }
    return NONE;
  }

  /** Moves an answer to its other line after room was made there. */
  private int moveTwo(int line) {
    for (int way = line * Shared.WAYS; way < (line + 1) * Shared.WAYS; way++) {
      if (moveOne(otherLine(word(way), line)) != NONE) {
        return moveOne(line);
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
   * Tells each slot's hits since they were last told, of those answers that are due; all the
   * others' stay where the kernel counts them. Also while another thread changes the index: a few
   * hits may then be lost, or credited to an answer's successor.
   *
   * @param now as the {@code dueNanos} of {@link #put}; told again no sooner than after {@code
   *     pauseNanos}
   * @param all also of those that are not due
   */
  void takeHits(long now, long pauseNanos, boolean all, KernelAnswers.HitSink sink) {
    for (int way = 0; way < slots.length; way++) {
      int slot = slots[way];
      if (slot != NONE && (all || now - due[way] >= 0)) {
        due[way] = Math.max(due[way], now + pauseNanos);
        int hits = takeHits(way);
        if (hits != 0) {
          given[way] = true;
          sink.hits(slot, hits);
        }
      }
    }
  }

  private int takeHits(int way) {
    if (hitsOf(way) == 0) {
      return 0;
    }
    passed[way] = 0;
    return memory.takeBits(way / Shared.WAYS, usageAt(way), Shared.HITS_MASK);
  }
}
