package dev.gander.route;

import dev.gander.message.Client;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Which clients the request rules can tell apart: two clients of one class get the same route for
 * every question. A class is four numbers of 16 bits, for the facts that rules may ask about; each
 * says which of the rules' conditions hold. Of facts that no rule asks about all clients have
 * number 0. Immutable, any thread.
 */
public final class ClientClasses {

  /** Prefixes that a kernel map takes; rules that need more cannot be told apart there. */
  public static final int MAX_PREFIXES = 4096;

  /** MAC addresses, interfaces or process names that a kernel map takes. */
  public static final int MAX_VALUES = 4096;

  /** No rule: every rejected name counts. */
  public static final int NO_LIMIT = 0xffff;

  /**
   * What a fact says.
   *
   * @param number the fact's part of the class
   * @param limit {@link RejectedNames}: only rules below it decide these clients' questions
   */
  public record Part(int number, int limit) {}

  /**
   * A stretch of addresses of one part; stretches do not overlap.
   *
   * @param length in the 128-bit form, IPv4 mapped
   */
  public record Prefix(long high, long low, int length, Part part) {}

  private static final int MAC = 16;
  private static final int INTERFACE = 32;
  private static final int PROCESS = 48;

  private final IpMatcher addresses;
  private final Part[] addressParts;
  private final boolean tellsAddresses;
  private final List<Prefix> prefixes;
  private final long[] macs;
  private final Part[] macParts;
  private final Map<String, Part> interfaces;
  private final Map<String, Part> processes;
  private final IntFunction<String> interfaceNames;
  private final Parts others;

  /** The parts of those that are in no list: negated conditions hold for them. */
  record Parts(Part mac, Part iface, Part process) {}

  ClientClasses(
      IpMatcher addresses,
      Part[] addressParts,
      Map<Long, Part> macs,
      Map<String, Part> interfaces,
      Map<String, Part> processes,
      Parts others,
      IntFunction<String> interfaceNames) {
    this.addresses = addresses;
    this.addressParts = addressParts;
    this.others = others;
    this.interfaceNames = interfaceNames;
    this.interfaces = Map.copyOf(interfaces);
    this.processes = Map.copyOf(processes);
    this.macs = macs.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
    macParts = new Part[this.macs.length];
    macs.forEach((mac, part) -> macParts[Arrays.binarySearch(this.macs, mac)] = part);
    prefixes = Prefixes.of(addresses, addressParts, MAX_PREFIXES);
    tellsAddresses = addresses.conditions() > 0;
  }

  /** Whether the classes fit into the kernel's maps and numbers; if not, only {@link #of} works. */
  public boolean fits() {
    return prefixes.size() <= MAX_PREFIXES
        && addressParts.length <= NO_LIMIT
        && macs.length <= MAX_VALUES
        && interfaces.size() <= MAX_VALUES
        && processes.size() <= MAX_VALUES;
  }

  /** The class of a client. */
  public long of(Client client) {
    int address = tellsAddresses ? addresses.set(client.sourceHigh(), client.sourceLow()) : 0;
    return pack(address, mac(client.mac()), iface(client), process(client));
  }

  private static long pack(int address, Part mac, Part iface, Part process) {
    return address
        | (long) mac.number() << MAC
        | (long) iface.number() << INTERFACE
        | (long) process.number() << PROCESS;
  }

  private Part mac(long mac) {
    int at = Arrays.binarySearch(macs, mac);
    return at < 0 ? others.mac() : macParts[at];
  }

  private Part iface(Client client) {
    return interfaces.isEmpty() || client.ifindex() == 0
        ? others.iface()
        : interfaces.getOrDefault(interfaceNames.apply(client.ifindex()), others.iface());
  }

  private Part process(Client client) {
    return processes.getOrDefault(client.pname(), others.process());
  }

  /** Addresses by part; those in none have {@link #otherAddress()}. At most one too many. */
  public List<Prefix> prefixes() {
    return prefixes;
  }

  /** The part of addresses that are in no prefix. */
  public Part otherAddress() {
    return addressParts[IdSets.EMPTY];
  }

  /** MAC addresses in ascending order. */
  public long[] macs() {
    return macs.clone();
  }

  /** The part of a MAC address, whether in {@link #macs()} or not. */
  public Part partOfMac(long mac) {
    return mac(mac);
  }

  /** The part of MAC addresses that are not in {@link #macs()}. */
  public Part otherMac() {
    return others.mac();
  }

  /** Names of interfaces that rules ask about, with their part. */
  public Map<String, Part> interfaces() {
    return interfaces;
  }

  /** The part of all other interfaces. */
  public Part otherInterface() {
    return others.iface();
  }

  /** Names of processes that rules ask about, with their part. */
  public Map<String, Part> processes() {
    return processes;
  }

  /** The part of a process, by name; empty for clients of another machine. */
  public Part partOfProcess(String pname) {
    return processes.getOrDefault(pname, others.process());
  }
}
