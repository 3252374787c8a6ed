package dev.gander.route;

import dev.gander.config.Place;
import dev.gander.config.Rule;
import dev.gander.message.Client;
import java.util.List;
import java.util.Set;

/**
 * A rule in the form every lowering starts from: functions resolved to what they ask, values read.
 * Lists of geodata files stay references, so that a million domains are never held as objects.
 *
 * @param conditions all must hold
 */
record NormalRule(List<Condition> conditions, Rule.Outbound outbound, Place place) {

  /** Whether the rule is about certain names, not about all but some. */
  boolean named() {
    return conditions.stream().anyMatch(it -> it.test() instanceof Test.Name && !it.negated());
  }

  /**
   * One term.
   *
   * @param negated the test must fail
   */
  record Condition(boolean negated, Test test, Place place) {}

  /** What a term asks; true if any of its values fits. */
  sealed interface Test {

    /** The name asked for. */
    record Name(List<DomainPattern> patterns) implements Test {}

    /** The client's address in a request, any address of the answer in a response. */
    record Address(List<AddressPattern> patterns) implements Test {}

    /** The type asked for. */
    record QueryType(Set<Integer> types) implements Test {}

    /** The client's MAC address, 48 bits. */
    record Mac(Set<Long> addresses) implements Test {}

    /** The client's process, by the name the kernel knows it by. */
    record ProcessName(Set<String> names) implements Test {}

    /** The interface the query came in by. */
    record InterfaceName(Set<String> names) implements Test {}

    /** The differentiated services code point, 0 to 63. */
    record Dscp(Set<Integer> codePoints) implements Test {}

    /** The VLAN the query came in by. */
    record Vlan(Set<Integer> ids) implements Test {}

    /** The user whose process it is, 32 bits unsigned. */
    record User(Set<Integer> ids) implements Test {}

    /**
     * The control groups in which the process is, or above it; as {@link Client#cgroup} has them.
     */
    record ControlGroup(Set<String> paths) implements Test {}

    /** The upstream the answer is from. */
    record Upstream(Set<String> names) implements Test {}

    /** A look-up of gander's own. */
    record Own(Selector selector) implements Test {}

    /** What only {@code routing} asks, of a packet. */
    sealed interface Packet extends Test {}

    /** Where the packet goes. */
    record Destination(List<AddressPattern> patterns) implements Packet {}

    /**
     * A port.
     *
     * @param source the sender's, else the receiver's
     */
    record Port(boolean source, List<Range> ranges) implements Packet {}

    /** The protocol's number; one that no packet has where the rule names another than TCP, UDP. */
    record Protocol(Set<Integer> numbers) implements Packet {}

    /** 4 or 6. */
    record IpVersion(Set<Integer> versions) implements Packet {}
  }

  /** Ports from the first to the last. */
  record Range(int first, int last) {}

  /** One parameter of a domain function. */
  sealed interface DomainPattern {

    Place place();

    /** The name itself. */
    record Full(String name, Place place) implements DomainPattern {}

    /** The name itself and those below it; with a leading dot those below only. */
    record Suffix(String name, Place place) implements DomainPattern {}

    /** A text anywhere in the name. */
    record Keyword(String text, Place place) implements DomainPattern {}

    /** An RE2 expression that is found anywhere in the name. */
    record Regex(String expression, Place place) implements DomainPattern {}

    /** The domains of a tag, with or without attributes, of a file of geosite format. */
    record Listed(String file, String tag, Place place) implements DomainPattern {}
  }

  /** One parameter of an address function. */
  sealed interface AddressPattern {

    Place place();

    /**
     * A prefix.
     *
     * @param length in the 128-bit form: an IPv4 /24 is 120
     */
    record Prefix(long high, long low, int length, Place place) implements AddressPattern {}

    /** The prefixes of a tag of a file of geoip format. */
    record Listed(String file, String tag, Place place) implements AddressPattern {}
  }
}
