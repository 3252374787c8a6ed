package dev.gander.route;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * All address prefixes of a rule section in one structure. The address space is cut at every first
 * address of a prefix and after every last one; the pieces, each with the set of conditions that
 * hold in it, lie sorted, and a look-up searches the piece of its address: an IPv4 address within
 * the pieces of its first bits, an IPv6 address among all. Immutable.
 *
 * <p>Addresses are two longs, IPv4 as {@code ::ffff:a.b.c.d}. An IPv6 prefix that would cover the
 * mapped range ({@code ::/0}) means IPv6 addresses only.
 */
final class IpMatcher {

  private static final long MAPPED = 0xffff_0000_0000L;
  private static final int MAPPED_PREFIX = 96;

  /** First addresses of the IPv4 pieces, sign bit flipped so that they sort as signed. */
  private final int[] starts4;

  private final int[] sets4;

  /** Where in starts4 the addresses of each value of the first {@code 32 - shift4} bits begin. */
  private final int[] index4;

  private final int shift4;

  /** First addresses of the pieces of all other space, sign bits flipped. */
  private final long[] high6;

  private final long[] low6;
  private final int[] sets6;
  private final IdSets sets;
  private final int conditions;

  private IpMatcher(List<Piece> pieces, IdSets sets, int conditions) {
    this.sets = sets;
    this.conditions = conditions;
    Piece[] four = pieces.stream().filter(Piece::isIpv4).toArray(Piece[]::new);
    Piece[] six = pieces.stream().filter(piece -> !piece.isIpv4()).toArray(Piece[]::new);
    starts4 = new int[four.length];
    sets4 = new int[four.length];
    for (int i = 0; i < four.length; i++) {
      starts4[i] = (int) four[i].low() ^ Integer.MIN_VALUE;
      sets4[i] = four[i].set();
    }
    high6 = new long[six.length];
    low6 = new long[six.length];
    sets6 = new int[six.length];
    for (int i = 0; i < six.length; i++) {
      high6[i] = six[i].high() ^ Long.MIN_VALUE;
      low6[i] = six[i].low() ^ Long.MIN_VALUE;
      sets6[i] = six[i].set();
    }
    int bits = Math.clamp(32 - Integer.numberOfLeadingZeros(four.length), 1, 16);
    shift4 = 32 - bits;
    index4 = index(four, bits);
  }

  /** For each value of the first bits, the first piece that begins at or after it. */
  private static int[] index(Piece[] pieces, int bits) {
    int[] index = new int[(1 << bits) + 1];
    int piece = 0;
    for (int value = 0; value < index.length; value++) {
      while (piece < pieces.length
          && (pieces[piece].low() & 0xffff_ffffL) >>> (32 - bits) < value) {
        piece++;
      }
      index[value] = piece;
    }
    return index;
  }

  int conditions() {
    return conditions;
  }

  /** Sets the bits of the conditions that hold for the address. No allocation. */
  void mark(long high, long low, long[] marks) {
    int set = set(high, low);
    if (set != IdSets.EMPTY) {
      sets.mark(set, marks);
    }
  }

  /** The number of the set of conditions that hold for the address. No allocation. */
  int set(long high, long low) {
    boolean ipv4 = high == 0 && (low >>> 32) == 0xffff;
    return ipv4 ? find4((int) low) : find6(high ^ Long.MIN_VALUE, low ^ Long.MIN_VALUE);
  }

  /** The sets that {@link #set} names. */
  IdSets sets() {
    return sets;
  }

  /**
   * Shows the stretches of addresses, IPv4 apart, with the number of the set that holds in each.
   */
  void forEach(Visitor visitor) {
    for (int i = 0; i < starts4.length; i++) {
      long end = i + 1 < starts4.length ? unsigned4(i + 1) - 1 : 0xffff_ffffL;
      visitor.stretch(0, MAPPED | unsigned4(i), 0, MAPPED | end, sets4[i]);
    }
    for (int i = 0; i < sets6.length; i++) {
      long high = high6[i] ^ Long.MIN_VALUE;
      long low = low6[i] ^ Long.MIN_VALUE;
      boolean last = i + 1 == sets6.length;
      long nextHigh = last ? 0 : high6[i + 1] ^ Long.MIN_VALUE;
      long nextLow = last ? 0 : low6[i + 1] ^ Long.MIN_VALUE;
      if (high == 0 && low < MAPPED && low >= 0 && (nextHigh != 0 || nextLow > MAPPED)) {
        nextHigh = 0; // the IPv4 range lies between
        nextLow = MAPPED;
      }
      long endHigh = nextLow == 0 ? nextHigh - 1 : nextHigh;
      visitor.stretch(high, low, endHigh, nextLow - 1, sets6[i]);
    }
  }

  private long unsigned4(int piece) {
    return Integer.toUnsignedLong(starts4[piece] ^ Integer.MIN_VALUE);
  }

  /** Sees a stretch of addresses, first and last one. */
  interface Visitor {
    void stretch(long high, long low, long endHigh, long endLow, int set);
  }

  private int find4(int address) {
    int bucket = address >>> shift4;
    int key = address ^ Integer.MIN_VALUE;
    int from = index4[bucket];
    int to = index4[bucket + 1];
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (starts4[middle] <= key) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return sets4[from - 1];
  }

  /**
   * Halves by the upper half of addresses alone, in a form without branches for the processor to
   * guess wrong; only for pieces that begin in the same /64 the lower half counts.
   */
  private int find6(long high, long low) {
    int piece = 0;
    for (int rest = high6.length; rest > 1; ) {
      int half = rest >>> 1;
      piece = high6[piece + half] <= high ? piece + half : piece;
      rest -= half;
    }
    boolean beyond = high6[piece] == high && low6[piece] > low;
    return sets6[beyond ? lastWithin(piece, high, low) : piece];
  }

  /** The last of the first {@code to} pieces that begins at or before the address. */
  private int lastWithin(int to, long high, long low) {
    int from = 0;
    int end = to;
    while (from < end) {
      int middle = (from + end) >>> 1;
      if (high6[middle] < high || low6[middle] <= low) {
        from = middle + 1;
      } else {
        end = middle;
      }
    }
    return from - 1;
  }

  /** A stretch of addresses in which the same conditions hold, up to where the next begins. */
  private record Piece(long high, long low, int set) {
    boolean isIpv4() {
      return high == 0 && (low >>> 32) == 0xffff;
    }
  }

  /** Where a condition begins ({@code change} 1) or ends (-1) to hold. */
  private record Edge(long high, long low, int condition, int change) {

    static final Comparator<Edge> ORDER =
        (one, other) -> {
          int high = Long.compareUnsigned(one.high, other.high);
          return high != 0 ? high : Long.compareUnsigned(one.low, other.low);
        };
  }

  static final class Builder {

    private final List<Edge> edges = new ArrayList<>();
    private int conditions;

    /** Begins the next condition; prefixes added from now on belong to it. Returns its number. */
    int condition() {
      return conditions++;
    }

    /**
     * Adds a prefix.
     *
     * @param prefixLength in the 128-bit form, 96 and more for IPv4
     */
    void add(long high, long low, int prefixLength) {
      long highMask = prefixLength >= 64 ? -1 : prefixLength == 0 ? 0 : -1L << (64 - prefixLength);
      long lowMask =
          prefixLength <= 64 ? 0 : prefixLength == 128 ? -1 : -1L << (128 - prefixLength);
      long firstHigh = high & highMask;
      long firstLow = low & lowMask;
      edge(firstHigh, firstLow, 1);
      edgeAfter(firstHigh | ~highMask, firstLow | ~lowMask, -1);
      boolean coversIpv4 = firstHigh == 0 && (MAPPED & lowMask) == firstLow;
      if (prefixLength < MAPPED_PREFIX && coversIpv4) {
        edge(0, MAPPED, -1);
        edgeAfter(0, MAPPED | 0xffff_ffffL, 1);
      }
    }

    /** Adds the addresses from the first to the last. */
    void addRange(long high, long low, long lastHigh, long lastLow) {
      edge(high, low, 1);
      edgeAfter(lastHigh, lastLow, -1);
    }

    /** Adds the prefixes of another builder. */
    void addAll(Builder other) {
      for (Edge edge : other.edges) {
        edge(edge.high(), edge.low(), edge.change());
      }
    }

    /** Adds every address, of both families, that is in none of the prefixes of another builder. */
    void addAllBut(Builder other) {
      edge(0, 0, 1);
      List<Edge> outside = other.sorted();
      int inside = 0;
      for (Edge edge : outside) {
        int before = inside;
        inside += edge.change();
        if (before == 0 && inside > 0) {
          edge(edge.high(), edge.low(), -1);
        } else if (before > 0 && inside == 0) {
          edge(edge.high(), edge.low(), 1);
        }
      }
    }

    private void edge(long high, long low, int change) {
      edges.add(new Edge(high, low, conditions - 1, change));
    }

    private void edgeAfter(long high, long low, int change) {
      if (low != -1) {
        edge(high, low + 1, change);
      } else if (high != -1) {
        edge(high + 1, 0, change);
      }
    }

    private List<Edge> sorted() {
      edges.sort(Edge.ORDER);
      return edges;
    }

    IpMatcher build() {
      IdSets.Builder sets = new IdSets.Builder();
      List<Piece> pieces = new ArrayList<>();
      int[] depth = new int[conditions];
      BitSet holding = new BitSet(conditions);
      piece(pieces, 0, 0, IdSets.EMPTY);
      List<Edge> ordered = sorted();
      for (int i = 0; i < ordered.size(); ) {
        Edge at = ordered.get(i);
        for (; i < ordered.size() && Edge.ORDER.compare(ordered.get(i), at) == 0; i++) {
          Edge edge = ordered.get(i);
          depth[edge.condition()] += edge.change();
          holding.set(edge.condition(), depth[edge.condition()] > 0);
        }
        cutAtFamilies(pieces, at);
        piece(pieces, at.high(), at.low(), sets.of(holding.stream().toArray()));
      }
      cutAtFamilies(pieces, new Edge(-1, -1, 0, 0));
      return new IpMatcher(pieces, sets.build(), conditions);
    }

    /** Pieces must not span the ends of the IPv4 range: each family is searched for itself. */
    private static void cutAtFamilies(List<Piece> pieces, Edge before) {
      cutAt(pieces, MAPPED, before);
      cutAt(pieces, MAPPED + 0x1_0000_0000L, before);
    }

    private static void cutAt(List<Piece> pieces, long low, Edge before) {
      Edge cut = new Edge(0, low, 0, 0);
      Piece last = pieces.getLast();
      Edge lastStart = new Edge(last.high(), last.low(), 0, 0);
      if (Edge.ORDER.compare(lastStart, cut) < 0 && Edge.ORDER.compare(cut, before) < 0) {
        pieces.add(new Piece(0, low, last.set()));
      }
    }

    /** Adds a piece unless it only goes on with the one before, or replaces an empty one. */
    private static void piece(List<Piece> pieces, long high, long low, int set) {
      Piece next = new Piece(high, low, set);
      if (!pieces.isEmpty()) {
        Piece last = pieces.getLast();
        if (last.high() == high && last.low() == low) {
          pieces.removeLast();
        } else if (last.set() == set && last.isIpv4() == next.isIpv4()) {
          return;
        }
      }
      pieces.add(next);
    }
  }
}
