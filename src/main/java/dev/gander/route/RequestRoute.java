package dev.gander.route;

import dev.gander.config.Place;

/** What is done with a question. Made once for each rule; never on the hot path. */
public sealed interface RequestRoute {

  /** Where the rule (or the fallback) stands that decided so. */
  Place place();

  /** Answer as {@code reject_answer} says. */
  record Reject(Place place) implements RequestRoute {}

  /** Ask the server that the client asked. */
  record AsIs(Place place) implements RequestRoute {}

  /**
   * Ask an upstream or an upstream group.
   *
   * @param upstream its name in the configuration
   * @param policy a small number, from 0, that is equal where the upstream is: rules with the same
   *     outcome share what is cached
   */
  record To(String upstream, int policy, Place place) implements RequestRoute {}
}
