package dev.gander.route;

import dev.gander.config.Place;

/** What is done with a flow of packets. Made once for each rule; never on the hot path. */
public sealed interface TrafficRoute {

  /** Whether it holds for DNS too: the packet is not taken to gander. */
  boolean must();

  /** What marks the flow's packets, or the socket of what is sent in its stead; 0 for nothing. */
  int mark();

  /** Where the rule (or the fallback) stands that decided so. */
  Place place();

  /** It goes its way. */
  record Direct(boolean must, int mark, Place place) implements TrafficRoute {}

  /** It does not pass. */
  record Block(boolean must, int mark, Place place) implements TrafficRoute {}

  /**
   * It goes by one of a group's nodes.
   *
   * @param group its name in the configuration
   * @param number a small number, from 0, that is equal where the group is
   */
  record ToGroup(String group, int number, boolean must, int mark, Place place)
      implements TrafficRoute {}
}
