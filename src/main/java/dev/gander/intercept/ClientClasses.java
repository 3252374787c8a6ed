package dev.gander.intercept;

import java.util.List;
import java.util.Map;

/**
 * How the kernel tells clients apart that rules treat differently. A class is a {@code long}: the
 * bits that each map has for the client, of which no two maps set the same. What no entry speaks of
 * sets none and has no limit; a kind without entries costs nothing.
 *
 * @param addresses the longest prefix that holds the source address decides
 * @param macs by MAC address, 48 bits
 * @param numbers by all that is a number
 * @param processes by the name of the process that asks, if it is one of this machine
 * @param byControlGroup whether the process's control group counts: {@link
 *     KernelAnswers#addControlGroup} tells of each, and before that its queries go up
 * @param typeLimits by query type, the limit for its questions; at most {@link #TYPES_MAX}
 */
public record ClientClasses(
    List<Prefix> addresses,
    Map<Long, Part> macs,
    Map<Value, Part> numbers,
    Map<String, Part> processes,
    boolean byControlGroup,
    Map<Integer, Integer> typeLimits) {

  /** Most entries of a kind. */
  public static final int ENTRIES_MAX = Shared.CLASSES_MAX;

  /** Most types with a limit of their own. */
  public static final int TYPES_MAX = Shared.TYPE_LIMITS_MAX;

  /** {@link Part#limit} of clients to whom every blocking rule applies. */
  public static final int NO_LIMIT = Shared.NO_LIMIT;

  /** Everybody alike. */
  public static final ClientClasses NONE =
      new ClientClasses(List.of(), Map.of(), Map.of(), Map.of(), false, Map.of());

  /** What is a number of 32 bits, numbered as in src/main/bpf/shared.h. */
  public enum Fact {
    INTERFACE(0, Shared.CONTROL_BY_INTERFACE),
    DSCP(1, Shared.CONTROL_BY_DSCP),
    VLAN(2, Shared.CONTROL_BY_VLAN),
    USER(3, Shared.CONTROL_BY_USER);

    private final int number;
    private final int flag;

    Fact(int number, int flag) {
      this.number = number;
      this.flag = flag;
    }

    int number() {
      return number;
    }

    int flag() {
      return flag;
    }
  }

  /**
   * A value of a fact.
   *
   * @param value unsigned
   */
  public record Value(Fact fact, int value) {}

  /**
   * What is known of a client by one of its traits.
   *
   * @param bits of the class
   * @param limit rules of {@link BlockedNames} with this index or a higher one do not apply
   */
  public record Part(long bits, int limit) {}

  /** Addresses of a network, IPv4 mapped; {@code bits} counts from the mapped address's first. */
  public record Prefix(long high, long low, int bits, Part part) {}

  public ClientClasses {
    addresses = List.copyOf(addresses);
    macs = Map.copyOf(macs);
    numbers = Map.copyOf(numbers);
    processes = Map.copyOf(processes);
    typeLimits = Map.copyOf(typeLimits);
    if (addresses.size() > ENTRIES_MAX
        || macs.size() > ENTRIES_MAX
        || numbers.size() > ENTRIES_MAX
        || processes.size() > ENTRIES_MAX
        || typeLimits.size() > TYPES_MAX) {
      throw new IllegalArgumentException("more classes of clients than the kernel's maps hold");
    }
  }

  /** Whether any client is known by this fact. */
  boolean tells(Fact fact) {
    return numbers.keySet().stream().anyMatch(number -> number.fact() == fact);
  }
}
