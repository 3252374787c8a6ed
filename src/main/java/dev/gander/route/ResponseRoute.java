package dev.gander.route;

import dev.gander.config.Place;

/** What is done with an answer. Made once for each rule. */
public sealed interface ResponseRoute {

  /** Where the rule (or the fallback) stands that decided so. */
  Place place();

  /**
   * The client may have it.
   *
   * @param named whether a rule says so that names the name: with a {@code qname} that is not
   *     negated
   */
  record Accept(boolean named, Place place) implements ResponseRoute {}

  /** The client gets what {@code reject_answer} says. */
  record Reject(Place place) implements ResponseRoute {}

  /**
   * Ask this upstream or upstream group instead.
   *
   * @param upstream its name in the configuration
   */
  record Ask(String upstream, Place place) implements ResponseRoute {}
}
