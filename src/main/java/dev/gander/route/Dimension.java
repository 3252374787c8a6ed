package dev.gander.route;

import java.util.function.Consumer;

/**
 * One fact of packets as the rules see it: for each of its values the vector of the rules whose
 * terms on it hold. Immutable.
 */
final class Dimension {

  private final PacketFact fact;
  private final IpMatcher values;

  /** By set of conditions. */
  private final int[] vectors;

  private Dimension(PacketFact fact, IpMatcher values, int[] vectors) {
    this.fact = fact;
    this.values = values;
    this.vectors = vectors;
  }

  PacketFact fact() {
    return fact;
  }

  /** The vector for the flow's value. No allocation. */
  int vector(TrafficFlow flow) {
    return vectors[fact.set(flow, values)];
  }

  /** Shows stretches of values, as {@link IpMatcher#forEach} does, with their vectors. */
  void forEach(IpMatcher.Visitor visitor) {
    values.forEach((high, low, endHigh, endLow, set) ->
        visitor.stretch(high, low, endHigh, endLow, vectors[set]));
  }

  /** Collects the terms of all rules. */
  static final class Builder {

    private final PacketFact fact;
    private final RuleTerms terms = new RuleTerms();
    private final IpMatcher.Builder values = new IpMatcher.Builder();

    Builder(PacketFact fact) {
      this.fact = fact;
    }

    /** Adds a term, for whose values {@code filler} is asked. */
    void term(int rule, boolean negated, Consumer<IpMatcher.Builder> filler) {
      terms.add(rule, negated);
      values.condition();
      filler.accept(values);
    }

    /**
     * Makes the vectors.
     *
     * @param rules how many there are
     * @param words of a vector
     */
    Dimension build(int rules, int words, RuleVectors.Builder into) {
      IpMatcher matcher = values.build();
      long[] withoutAny = terms.withoutAny(rules, words);
      int[] vectors = new int[matcher.sets().count()];
      for (int set = 0; set < vectors.length; set++) {
        long[] marks = new long[(terms.count() + 63) >>> 6];
        matcher.sets().mark(set, marks);
        vectors[set] = into.add(terms.where(marks, withoutAny));
      }
      return new Dimension(fact, matcher, vectors);
    }
  }
}
