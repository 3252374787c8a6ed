package dev.gander.config;

import java.util.Set;

/**
 * Sections and functions that are read and checked, but that no room acts on yet. For single keys
 * the tables {@link GlobalKeys} and {@link DnsKeys} say it ({@code now} or {@code later}).
 */
final class Unused {

  /** Top-level sections. */
  static final Set<String> SECTIONS = Set.of("subscription", "node", "group", "routing");

  /** Sections of {@code dns}. */
  static final Set<String> DNS_SECTIONS = Set.of("fixed_domain_ttl", "hosts", "upstream_group");

  /** Whether {@code dns.routing.response} is among them. */
  static final boolean RESPONSE_RULES = true;

  private Unused() {}
}
