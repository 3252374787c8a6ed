package dev.gander.config;

import java.util.List;
import java.util.OptionalLong;

/**
 * {@code term && term -> outbound}, from any of the three rule sections. Functions and their
 * parameters are already checked; a deprecated function name is already the new one ({@code ip} is
 * {@code dip} in {@code routing}).
 */
public record Rule(List<Term> terms, Outbound outbound, Place place) {

  /** {@code [!]function(parameter, …)}: true if any parameter holds, then negated if so written. */
  public record Term(boolean negated, String function, List<Parameter> parameters, Place place) {}

  /**
   * {@code [key:] value}. A bare domain has the key {@code suffix}; a value without a key that
   * needs none has the empty key. Quotes are gone; letter case is as written.
   */
  public record Parameter(String key, String value, Place place) {}

  /**
   * Where the rule sends what it matches.
   *
   * @param name {@code direct}, {@code block}, {@code must_rules}, a group; in DNS sections {@code
   *     asis}, {@code accept}, {@code reject}, an upstream or upstream group. {@code must_X} is
   *     already {@code X} with {@code must}.
   * @param must the decision is final for DNS too
   * @param mark socket or packet mark, 32 bits unsigned
   */
  public record Outbound(String name, boolean must, OptionalLong mark, Place place) {}
}
