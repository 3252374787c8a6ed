package dev.gander.route;

import dev.gander.config.Place;

/** What is done with a question. Made once for each rule; never on the hot path. */
public sealed interface RequestRoute {

  /** Where the rule (or the fallback) stands that decided so. */
  Place place();

  /**
   * Whether a rule names the name: one with a {@code qname} that is not negated. The fallback does
   * not, nor does a rule about clients or types alone.
   */
  boolean named();

  /** Answer as {@code reject_answer} says. */
  record Reject(boolean named, Place place) implements RequestRoute {}

  /** Ask the server that the client asked. */
  record AsIs(boolean named, Place place) implements RequestRoute {}

  /**
   * Ask an upstream or an upstream group.
   *
   * @param upstream its name in the configuration
   * @param policy a small number, from 0, that is equal where the upstream is: rules with the same
   *     outcome share what is cached
   */
  record To(String upstream, int policy, boolean named, Place place) implements RequestRoute {}
}
