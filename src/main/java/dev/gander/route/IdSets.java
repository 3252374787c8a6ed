package dev.gander.route;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sets of small numbers, each kept once and named by a number: a million domains of 200 rules share
 * a few hundred sets.
 */
final class IdSets {

  static final int EMPTY = 0;

  /** Where each set begins in {@code ids}; one more than there are sets. */
  private final int[] starts;

  private final int[] ids;

  private IdSets(int[] starts, int[] ids) {
    this.starts = starts;
    this.ids = ids;
  }

  /** Sets the bits of the set's members. */
  void mark(int set, long[] marks) {
    int end = starts[set + 1];
    for (int i = starts[set]; i < end; i++) {
      int id = ids[i];
      marks[id >>> 6] |= 1L << id;
    }
  }

  /** How many sets there are; they are numbered from 0. */
  int count() {
    return starts.length - 1;
  }

  boolean contains(int set, int id) {
    return Arrays.stream(ids, starts[set], starts[set + 1]).anyMatch(member -> member == id);
  }

  /** The least value, not 0, that a member of the set has in {@code values}; 0 if none has one. */
  int least(int set, int[] values) {
    int least = 0;
    for (int i = starts[set]; i < starts[set + 1]; i++) {
      int value = ids[i] < values.length ? values[ids[i]] : 0;
      if (value != 0 && (least == 0 || value < least)) {
        least = value;
      }
    }
    return least;
  }

  static final class Builder {

    private final List<int[]> sets = new ArrayList<>();
    private final Map<Members, Integer> known = new HashMap<>();
    private final Map<Long, Integer> grown = new HashMap<>();

    Builder() {
      of(new int[0]);
    }

    /** The set of these members, which must be ascending. */
    int of(int[] members) {
      return known.computeIfAbsent(
          new Members(members),
          key -> {
            sets.add(members);
            return sets.size() - 1;
          });
    }

    /** The set with {@code id} added. */
    int with(int set, int id) {
      long step = ((long) set << 32) | id;
      Integer next = grown.get(step);
      if (next == null) {
        next = union(set, of(new int[] {id}));
        grown.put(step, next);
      }
      return next;
    }

    int union(int one, int other) {
      if (one == other || other == EMPTY) {
        return one;
      }
      if (one == EMPTY) {
        return other;
      }
      int[] a = sets.get(one);
      int[] b = sets.get(other);
      int[] merged = Arrays.copyOf(a, a.length + b.length);
      System.arraycopy(b, 0, merged, a.length, b.length);
      return of(Arrays.stream(merged).sorted().distinct().toArray());
    }

    IdSets build() {
      int[] starts = new int[sets.size() + 1];
      for (int i = 0; i < sets.size(); i++) {
        starts[i + 1] = starts[i] + sets.get(i).length;
      }
      int[] ids = new int[starts[sets.size()]];
      for (int i = 0; i < sets.size(); i++) {
        System.arraycopy(sets.get(i), 0, ids, starts[i], sets.get(i).length);
      }
      return new IdSets(starts, ids);
    }
  }

  /** A key by content. */
  private static final class Members {

    private final int[] members;

    Members(int[] members) {
      this.members = members;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Members that && Arrays.equals(members, that.members);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(members);
    }
  }
}
