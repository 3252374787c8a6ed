package dev.gander.intercept;

import java.util.List;
import java.util.Map;

/**
 * How the kernel tells clients apart that rules treat differently. A class is a {@code long} of
 * parts: by source address in bits 0–15, by MAC address in 16–31, by interface in 32–47, by process
 * name in 48–63. What no entry speaks of has part 0 and no limit; a kind without entries costs
 * nothing.
 *
 * @param addresses the longest prefix that holds the source address decides
 * @param macs by MAC address, 48 bits
 * @param interfaces by interface number
 * @param processes by the name of the process that asks, if it is one of this machine
 * @param typeLimits by query type, the limit for its questions; at most {@link #TYPES_MAX}
 */
public record ClientClasses(
    List<Prefix> addresses,
    Map<Long, Part> macs,
    Map<Integer, Part> interfaces,
    Map<String, Part> processes,
    Map<Integer, Integer> typeLimits) {

  /** Most entries of a kind. */
  public static final int ENTRIES_MAX = Shared.CLASSES_MAX;

  /** Most types with a limit of their own. */
  public static final int TYPES_MAX = Shared.TYPE_LIMITS_MAX;

  /** {@link Part#limit} of clients to whom every blocking rule applies. */
  public static final int NO_LIMIT = Shared.NO_LIMIT;

  /** Everybody alike. */
  public static final ClientClasses NONE =
      new ClientClasses(List.of(), Map.of(), Map.of(), Map.of(), Map.of());

  /**
   * What is known of a client by one of its traits.
   *
   * @param part 16 bits of the class
   * @param limit rules of {@link BlockedNames} with this index or a higher one do not apply
   */
  public record Part(int part, int limit) {}

  /** Addresses of a network, IPv4 mapped; {@code bits} counts from the mapped address's first. */
  public record Prefix(long high, long low, int bits, Part part) {}

  public ClientClasses {
    addresses = List.copyOf(addresses);
    macs = Map.copyOf(macs);
    interfaces = Map.copyOf(interfaces);
    processes = Map.copyOf(processes);
    typeLimits = Map.copyOf(typeLimits);
    if (addresses.size() > ENTRIES_MAX
        || macs.size() > ENTRIES_MAX
        || interfaces.size() > ENTRIES_MAX
        || processes.size() > ENTRIES_MAX
        || typeLimits.size() > TYPES_MAX) {
      throw new IllegalArgumentException("more classes of clients than the kernel's maps hold");
    }
  }
}
