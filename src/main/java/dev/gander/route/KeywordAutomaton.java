package dev.gander.route;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds all keywords of all rules in one pass over a name: an Aho-Corasick automaton in a double
 * array. From state {@code s} the byte of code {@code c} leads to {@code t = base[s] + c} if {@code
 * check[t] == s}, else on from {@code fail[s]}. Sixteen bytes a state, whatever the alphabet.
 */
final class KeywordAutomaton {

  private static final int ROOT = 0;
  private static final int FREE = -1;

  /** Byte to code; 0 for bytes in no keyword, which lead to the root. */
  private final byte[] codes;

  private final int[] base;
  private final int[] check;
  private final int[] fail;
  private final int[] found;

  private KeywordAutomaton(byte[] codes, int[] base, int[] check, int[] fail, int[] found) {
    this.codes = codes;
    this.base = base;
    this.check = check;
    this.fail = fail;
    this.found = found;
  }

  /** Marks the members of each found keyword's set; the name is a wire name, read as text. */
  void mark(byte[] name, int offset, IdSets sets, long[] marks) {
    int at = offset;
    int state = ROOT;
    for (int length = name[at]; length != 0; length = name[at]) {
      if (at > offset) {
        state = step(state, codes['.']);
        mark(state, sets, marks);
      }
      for (int end = at + length; at < end; ) {
        state = step(state, codes[name[++at] & 0xff]);
        mark(state, sets, marks);
      }
      at++;
    }
  }

  private void mark(int state, IdSets sets, long[] marks) {
    int set = found[state];
    if (set != IdSets.EMPTY) {
      sets.mark(set, marks);
    }
  }

  private int step(int from, int code) {
    if (code == 0) {
      return ROOT;
    }
    int state = from;
    while (true) {
      int next = base[state] + code;
      if (check[next] == state) {
        return next;
      }
      if (state == ROOT) {
        return ROOT;
      }
      state = fail[state];
    }
  }

  static final class Builder {

    private final IdSets.Builder sets;
    private final Map<String, Integer> keywords = new TreeMap<>();

    Builder(IdSets.Builder sets) {
      this.sets = sets;
    }

    /**
     * Adds a keyword.
     *
     * @param keyword lower-cased ASCII, not empty
     */
    void add(int id, String keyword) {
      keywords.merge(keyword, sets.with(IdSets.EMPTY, id), (old, added) -> sets.with(old, id));
    }

    boolean isEmpty() {
      return keywords.isEmpty();
    }

    KeywordAutomaton build() {
      byte[][] words =
          keywords.keySet().stream()
              .map(word -> word.getBytes(StandardCharsets.US_ASCII))
              .toArray(byte[][]::new);
      int[] found = keywords.values().stream().mapToInt(Integer::intValue).toArray();
      return new Assembly(sets, words, found).build();
    }
  }

  /** The making of the automaton, level by level over the sorted keywords. */
  private static final class Assembly {

    private final IdSets.Builder sets;
    private final byte[][] words;
    private final int[] wordSets;
    private final byte[] codes = new byte[256];
    private int symbols;
    private int[] base;
    private int[] check;
    private int[] fail;
    private int[] found;

    /** No cell below this one is free for a state with several children. */
    private int searchFrom = 1;

    /** States in the order of their depth, with the range of words that pass through each. */
    private final int[] queue;

    private final int[] first;
    private final int[] last;
    private int queued;

    /** The children of the state at hand. */
    private final int[] childCodes = new int[256];

    private final int[] childFirst = new int[257];

    Assembly(IdSets.Builder sets, byte[][] words, int[] wordSets) {
      this.sets = sets;
      this.words = words;
      this.wordSets = wordSets;
      int most = 1;
      for (byte[] word : words) {
        most += word.length;
        for (byte b : word) {
          if (codes[b] == 0) {
            codes[b] = (byte) ++symbols;
          }
        }
      }
      queue = new int[most];
      first = new int[most];
      last = new int[most];
      base = new int[0];
      check = new int[0];
      fail = new int[0];
      found = new int[0];
      reserve(1024);
    }

    KeywordAutomaton build() {
      check[ROOT] = ROOT;
      enqueue(ROOT, 0, words.length);
      int depth = 0;
      for (int next = 0, levelEnd = 1; next < queued; next++) {
        if (next == levelEnd) {
          depth++;
          levelEnd = queued;
        }
        expand(queue[next], first[next], last[next], depth);
      }
      int size = lastUsed() + symbols + 2;
      reserve(size);
      return new KeywordAutomaton(
          codes,
          Arrays.copyOf(base, size),
          Arrays.copyOf(check, size),
          Arrays.copyOf(fail, size),
          Arrays.copyOf(found, size));
    }

    private void expand(int state, int from, int to, int depth) {
      int children = 0;
      found[state] = found[fail[state]];
      for (int word = from; word < to; word++) {
        if (words[word].length == depth) {
          found[state] = sets.union(found[state], wordSets[word]);
        } else {
          int code = codes[words[word][depth]];
          if (children == 0 || childCodes[children - 1] != code) {
            childFirst[children] = word;
            childCodes[children++] = code;
          }
        }
      }
      childFirst[children] = to;
      if (children == 0) {
        return;
      }
      int place = place(children);
      base[state] = place;
      for (int i = 0; i < children; i++) {
        int child = place + childCodes[i];
        check[child] = state;
        enqueue(child, childFirst[i], childFirst[i + 1]);
      }
      for (int i = 0; i < children; i++) {
        linkBack(state, place + childCodes[i], childCodes[i]);
      }
    }

    /** The child fails to where its longest proper suffix leads. */
    private void linkBack(int state, int child, int code) {
      int target = ROOT;
      int from = state;
      while (from != ROOT && target == ROOT) {
        from = fail[from];
        int next = base[from] + code;
        if (check[next] == from && next != child) {
          target = next;
        }
      }
      fail[child] = target;
    }

    /** The first base at which all children's cells are free. */
    private int place(int children) {
      int crowded = 0;
      for (int cell = searchFrom; ; cell++) {
        reserve(cell + symbols + 2);
        if (check[cell] != FREE) {
          crowded++;
          continue;
        }
        int candidate = cell - childCodes[0];
        if (candidate >= 0 && fits(candidate, children)) {
          // Past a stretch that is nearly full the search need not come again.
          if (crowded >= (cell - searchFrom + 1) * 0.95) {
            searchFrom = cell;
          }
          return candidate;
        }
      }
    }

    private boolean fits(int candidate, int children) {
      for (int i = 0; i < children; i++) {
        int cell = candidate + childCodes[i];
        reserve(cell + symbols + 2);
        if (check[cell] != FREE) {
          return false;
        }
      }
      return true;
    }

    private void enqueue(int state, int from, int to) {
      queue[queued] = state;
      first[queued] = from;
      last[queued++] = to;
    }

    private void reserve(int size) {
      int old = check.length;
      if (size > old) {
        int grown = Math.max(size, old * 2);
        base = Arrays.copyOf(base, grown);
        check = Arrays.copyOf(check, grown);
        fail = Arrays.copyOf(fail, grown);
        found = Arrays.copyOf(found, grown);
        Arrays.fill(check, old, grown, FREE);
      }
    }

    private int lastUsed() {
      int cell = check.length - 1;
      while (check[cell] == FREE) {
        cell--;
      }
      return cell;
    }
  }
}
