package dev.gander.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes of traffic rules what {@link TrafficSink} takes. */
final class TrafficLowering {

  private static final int DNS_PORT = 53;

  /** Bytes of a narrow and a wide entry with its vector. */
  private static final int NARROW = 8;

  private static final int WIDE = 20;

  private final Dimension[] dimensions;
  private final RuleVectors vectors;
  private final @Nullable TrafficRoute[] routes;

  TrafficLowering(Dimension[] dimensions, RuleVectors vectors, @Nullable TrafficRoute[] routes) {
    this.dimensions = dimensions;
    this.vectors = vectors;
    this.routes = routes;
  }

  /** Stretches of one fact; those that go on with the one before are left out. */
  private static final class Stretches implements IpMatcher.Visitor {

    private final boolean narrow;
    private long[] highs = new long[16];
    private long[] lows = new long[16];
    private int[] vectors = new int[16];
    private int count;

    Stretches(Dimension dimension, boolean narrow) {
      this.narrow = narrow;
      dimension.forEach(this);
    }

    @Override
    public void stretch(long high, long low, long endHigh, long endLow, int vector) {
      boolean mapped = high == 0 && low >>> 32 == 0xffff;
      if (mapped != narrow || (count > 0 && vectors[count - 1] == vector)) {
        return;
      }
      if (count == vectors.length) {
        highs = Arrays.copyOf(highs, 2 * count);
        lows = Arrays.copyOf(lows, 2 * count);
        vectors = Arrays.copyOf(vectors, 2 * count);
      }
      highs[count] = high;
      lows[count] = low;
      vectors[count++] = vector;
    }
  }

  void tables(TrafficSink sink) {
    for (Dimension dimension : dimensions) {
      int fact = dimension.fact().number();
      Stretches narrow = new Stretches(dimension, true);
      int[] firsts = new int[narrow.count];
      Arrays.setAll(firsts, i -> (int) narrow.lows[i]);
      sink.narrow(fact, firsts, Arrays.copyOf(narrow.vectors, narrow.count));
      Stretches wide = new Stretches(dimension, false);
      sink.wide(
          fact,
          Arrays.copyOf(wide.highs, wide.count),
          Arrays.copyOf(wide.lows, wide.count),
          Arrays.copyOf(wide.vectors, wide.count));
    }
  }

  void verdicts(TrafficSink sink) {
    for (int rule = 0; rule < routes.length; rule++) {
      sink.verdict(rule, routes[rule]);
    }
  }

  /** About how much all this takes. */
  long bytes() {
    long bytes = 4L * vectors.blocks().length + 8L * vectors.words().length;
    for (Dimension dimension : dimensions) {
      bytes += (long) NARROW * new Stretches(dimension, true).count;
      bytes += (long) WIDE * new Stretches(dimension, false).count;
    }
    return bytes;
  }

  /** Whether a query to port 53 may meet a rule that is final for DNS. */
  boolean decidesQueries() {
    TrafficFlow query = new TrafficFlow();
    query.setDestination(0, 0, DNS_PORT);
    for (int rule = 0; rule < routes.length; rule++) {
      TrafficRoute route = routes[rule];
      boolean decides = route == null || route.must() || route instanceof TrafficRoute.Block;
      if (decides && mayMatch(rule, query)) {
        return true;
      }
    }
    return false;
  }

  private boolean mayMatch(int rule, TrafficFlow query) {
    if (rule == routes.length - 1) {
      return true;
    }
    for (Dimension dimension : dimensions) {
      if (dimension.fact() == PacketFact.DESTINATION_PORT
          && !vectors.contains(dimension.vector(query), rule)) {
        return false;
      }
    }
    return true;
  }
}
