package dev.gander.route;

import java.util.ArrayList;
import java.util.List;

/**
 * The terms of all rules on one fact of a packet, numbered in their order: given which of the
 * conditions hold, it says for each rule whether all its terms on this fact do.
 */
final class RuleTerms {

  private final List<Integer> ruleOf = new ArrayList<>();
  private final List<Boolean> negated = new ArrayList<>();

  /** By rule, its terms. */
  private final List<List<Integer>> termsOf = new ArrayList<>();

  /** Adds a term; its number is that of its condition. */
  void add(int rule, boolean negate) {
    while (termsOf.size() <= rule) {
      termsOf.add(new ArrayList<>());
    }
    termsOf.get(rule).add(ruleOf.size());
    ruleOf.add(rule);
    negated.add(negate);
  }

  boolean isEmpty() {
    return ruleOf.isEmpty();
  }

  int count() {
    return ruleOf.size();
  }

  /** Numbers of the rule's terms. */
  int[] of(int rule) {
    return rule < termsOf.size()
        ? termsOf.get(rule).stream().mapToInt(Integer::intValue).toArray()
        : new int[0];
  }

  boolean isNegated(int term) {
    return negated.get(term);
  }

  /** By term, the rule it is of. */
  int[] rules() {
    return ruleOf.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * The rules of {@code count} whose terms hold where no condition does: those whose terms are all
   * negated, and those without any.
   *
   * @param words of the result
   */
  long[] withoutAny(int count, int words) {
    long[] rules = new long[words];
    long[] none = new long[(count() + 63) >>> 6];
    for (int rule = 0; rule < count; rule++) {
      if (holds(rule, none)) {
        rules[rule >>> 6] |= 1L << rule;
      }
    }
    return rules;
  }

  /**
   * The rules whose terms hold.
   *
   * @param marks bits of the conditions that hold
   * @param withoutAny what {@link #withoutAny} gave
   */
  long[] where(long[] marks, long[] withoutAny) {
    long[] rules = withoutAny.clone();
    for (int word = 0; word < marks.length; word++) {
      for (long rest = marks[word]; rest != 0; rest &= rest - 1) {
        int rule = ruleOf.get((word << 6) + Long.numberOfTrailingZeros(rest));
        if (holds(rule, marks)) {
          rules[rule >>> 6] |= 1L << rule;
        } else {
          rules[rule >>> 6] &= ~(1L << rule);
        }
      }
    }
    return rules;
  }

  private boolean holds(int rule, long[] marks) {
    if (rule < termsOf.size()) {
      for (int term : termsOf.get(rule)) {
        boolean marked = (marks[term >>> 6] & (1L << term)) != 0;
        if (marked == negated.get(term)) {
          return false;
        }
      }
    }
    return true;
  }
}
