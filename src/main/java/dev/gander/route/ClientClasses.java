package dev.gander.route;

import dev.gander.message.Client;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Which clients the request rules can tell apart: two clients of one class get the same route for
 * every question. A class is 64 bits, of which each fact that rules ask about has some; they say
 * which of the rules' conditions hold. Of facts that no rule asks about there are none. Immutable,
 * any thread.
 */
public final class ClientClasses {

  /** Prefixes that a kernel map takes; rules that need more cannot be told apart there. */
  public static final int MAX_PREFIXES = 4096;

  /** MAC addresses or process names that a kernel map takes; or other values, of all facts. */
  public static final int MAX_VALUES = 4096;

  /** No rule: every rejected name counts. */
  public static final int NO_LIMIT = 0xffff;

  /** Bits of a class. */
  static final int BITS = 64;

  /**
   * What a fact says.
   *
   * @param bits the fact's part of the class, where it stands there
   * @param limit {@link RejectedNames}: only rules below it decide these clients' questions
   */
  public record Part(long bits, int limit) {}

  /**
   * A stretch of addresses of one part; stretches do not overlap.
   *
   * @param length in the 128-bit form, IPv4 mapped
   */
  public record Prefix(long high, long low, int length, Part part) {}

  /**
   * The facts, beside the address.
   *
   * @param users by number, unsigned
   */
  record Facts(
      NumberParts macs,
      TextParts interfaces,
      TextParts processes,
      NumberParts dscps,
      NumberParts vlans,
      NumberParts users,
      TextParts controlGroups) {}

  private final IpMatcher addresses;
  private final Part[] addressParts;
  private final boolean tellsAddresses;
  private final List<Prefix> prefixes;
  private final Facts facts;
  private final int bits;
  private final IntFunction<String> interfaceNames;

  /**
   * @param bits of a class, if they were not bounded
   */
  ClientClasses(
      IpMatcher addresses,
      Part[] addressParts,
      Facts facts,
      int bits,
      IntFunction<String> interfaceNames) {
    this.addresses = addresses;
    this.addressParts = addressParts;
    this.facts = facts;
    this.bits = bits;
    this.interfaceNames = interfaceNames;
    prefixes = Prefixes.of(addresses, addressParts, MAX_PREFIXES);
    tellsAddresses = addresses.conditions() > 0;
  }

  /**
   * Whether the classes fit into the kernel's maps and numbers; if not, {@link #of} means nothing.
   */
  public boolean fits() {
    int numbers =
        facts.interfaces().known().size()
            + facts.dscps().known().size()
            + facts.vlans().known().size()
            + facts.users().known().size();
    return prefixes.size() <= MAX_PREFIXES
        && facts.macs().known().size() <= MAX_VALUES
        && numbers <= MAX_VALUES
        && facts.processes().known().size() <= MAX_VALUES
        && bits <= BITS;
  }

  /** The class of a client. */
  public long of(Client client) {
    int address = tellsAddresses ? addresses.set(client.sourceHigh(), client.sourceLow()) : 0;
    return addressParts[address].bits()
        | facts.macs().of(client.mac()).bits()
        | iface(client).bits()
        | facts.processes().of(client.pname()).bits()
        | facts.dscps().of(client.dscp()).bits()
        | facts.vlans().of(client.vlan()).bits()
        | facts.users().of(Integer.toUnsignedLong(client.uid())).bits()
        | partOfControlGroup(client.cgroup()).bits();
  }

  private Part iface(Client client) {
    TextParts interfaces = facts.interfaces();
    return interfaces.known().isEmpty() || client.ifindex() == 0
        ? interfaces.other()
        : interfaces.of(interfaceNames.apply(client.ifindex()));
  }

  /** Addresses by part; those in none have {@link #otherAddress()}. At most one too many. */
  public List<Prefix> prefixes() {
    return prefixes;
  }

  /** The part of addresses that are in no prefix. */
  public Part otherAddress() {
    return addressParts[IdSets.EMPTY];
  }

  /** The limit of those who are in none of the lists below, whatever their address. */
  public int otherLimit() {
    int limit = Math.min(facts.macs().other().limit(), facts.interfaces().other().limit());
    limit = Math.min(limit, facts.processes().other().limit());
    limit = Math.min(limit, facts.dscps().other().limit());
    limit = Math.min(limit, facts.vlans().other().limit());
    limit = Math.min(limit, facts.users().other().limit());
    return Math.min(limit, facts.controlGroups().other().limit());
  }

  /** MAC addresses that rules ask about, with their part. */
  public Map<Long, Part> macs() {
    return facts.macs().known();
  }

  /** Names of interfaces that rules ask about, with their part. */
  public Map<String, Part> interfaces() {
    return facts.interfaces().known();
  }

  /** Names of processes that rules ask about, with their part. */
  public Map<String, Part> processes() {
    return facts.processes().known();
  }

  /** Code points that rules ask about, with their part. */
  public Map<Long, Part> dscps() {
    return facts.dscps().known();
  }

  /** VLANs that rules ask about, with their part. */
  public Map<Long, Part> vlans() {
    return facts.vlans().known();
  }

  /** Users that rules ask about, with their part. */
  public Map<Long, Part> users() {
    return facts.users().known();
  }

  /** Whether rules ask about control groups. */
  public boolean tellsControlGroups() {
    return !facts.controlGroups().known().isEmpty();
  }

  /** The part of a control group, as {@link Client#cgroup} has it. */
  public Part partOfControlGroup(String path) {
    return facts.controlGroups().ofPath(path);
  }
}
