package dev.gander.config;

import java.util.Set;

/**
 * Functions that are read and checked, but that no room acts on yet. For single keys the tables
 * {@link GlobalKeys} and {@link DnsKeys} say it ({@code now} or {@code later}).
 */
final class Unused {

  /** Functions of {@code dns.routing.request}: nothing looks up names of its own but upstreams'. */
  static final Set<String> REQUEST_FUNCTIONS = Set.of("sub", "node", "subnode");

  private Unused() {}
}
