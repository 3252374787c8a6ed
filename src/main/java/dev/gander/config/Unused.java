package dev.gander.config;

import java.util.Set;

/**
 * Sections and functions that are read and checked, but that no room acts on yet. For single keys
 * the tables {@link GlobalKeys} and {@link DnsKeys} say it ({@code now} or {@code later}).
 */
final class Unused {

  /** Top-level sections. */
  static final Set<String> SECTIONS = Set.of("subscription", "node", "group");

  /** Functions of {@code dns.routing.request}: nothing looks up names of its own but upstreams'. */
  static final Set<String> REQUEST_FUNCTIONS = Set.of("sub", "node", "subnode");

  private Unused() {}
}
