package dev.gander.route;

import org.jspecify.annotations.Nullable;

/**
 * Takes the traffic rules as {@link TrafficRouter#lower} shows them: for each fact of a packet
 * stretches of values, each with the number of a vector; vectors of the rules that hold; and what
 * each rule says. Facts are numbered: destination and source address 0, 1, destination and source
 * port 2, 3, protocol and IP version in one 4, DSCP 5, MAC address 6, process 7.
 */
public interface TrafficSink {

  /**
   * Called first.
   *
   * @param rules how many there are
   * @param blocksEach of 512 rules, in a vector
   * @param mustRules the vector of the rules that are {@code must_rules}
   * @param decidesQueries whether a rule may decide a query to port 53, of which no process is
   *     known, for good
   */
  void shape(int rules, int blocksEach, int mustRules, boolean decidesQueries);

  /**
   * The vectors.
   *
   * @param blocks of each vector the numbers of its blocks; 0 is the empty one
   * @param words eight of each block
   */
  void vectors(int[] blocks, long[] words);

  /** Called if rules ask for the domain: the vector of flows of which it is not known. */
  void noDomain(int vector);

  /**
   * Values of 32 bits: IPv4 addresses and small numbers.
   *
   * @param firsts of each stretch, ascending as unsigned numbers, from 0
   */
  void narrow(int fact, int[] firsts, int[] vectors);

  /**
   * Values of 128 bits: IPv6 addresses, names of processes as bytes, MAC addresses below a high
   * half of 1.
   *
   * @param highs halves of the first of each stretch, ascending as unsigned numbers, from 0
   */
  void wide(int fact, long[] highs, long[] lows, int[] vectors);

  /** What a rule says, null for {@code must_rules}; the fallback's comes last. */
  void verdict(int rule, @Nullable TrafficRoute route);
}
