package dev.gander.message;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Who asked, and whom: addresses, and what the datapath knows of the sender. Addresses are two
 * longs, high and low half in network order; IPv4 is IPv4-mapped ({@code ::ffff:a.b.c.d}).
 *
 * <p>Mutable and reused by the one thread that reads a socket; {@link #copy()} before it leaves
 * that thread. A copy is never changed.
 */
public final class Client {

  /** High 32 bits of the low half of an IPv4-mapped address. */
  private static final long MAPPED = 0xffffL << 32;

  /** The user id that no process has, as the kernel too says. */
  public static final int UNKNOWN = -1;

  private long sourceHigh;
  private long sourceLow;
  private int sourcePort;
  private long askedHigh;
  private long askedLow;
  private int askedPort;
  private Transport transport = Transport.UDP;
  private boolean intercepted;
  private boolean local;
  private long mac;
  private int ifindex;
  private int vlan;
  private int dscp;
  private int pid;
  private String pname = "";
  private int uid = UNKNOWN;
  private long cgroupId;
  private String cgroup = "";
  private int mark;

  /** A client of which nothing is known yet; UDP, not intercepted. */
  public Client() {}

  /** A copy that may go to another thread. */
  public Client copy() {
    Client copy = new Client();
    copy.sourceHigh = sourceHigh;
    copy.sourceLow = sourceLow;
    copy.sourcePort = sourcePort;
    copy.askedHigh = askedHigh;
    copy.askedLow = askedLow;
    copy.askedPort = askedPort;
    copy.transport = transport;
    copy.intercepted = intercepted;
    copy.local = local;
    copy.mac = mac;
    copy.ifindex = ifindex;
    copy.vlan = vlan;
    copy.dscp = dscp;
    copy.pid = pid;
    copy.pname = pname;
    copy.uid = uid;
    copy.cgroupId = cgroupId;
    copy.cgroup = cgroup;
    copy.mark = mark;
    return copy;
  }

  /** Forgets identity (local, MAC, interface, VLAN, DSCP, process, mark); addresses stay. */
  public void clearIdentity() {
    local = false;
    mac = 0;
    ifindex = 0;
    vlan = 0;
    dscp = 0;
    pid = 0;
    pname = "";
    uid = UNKNOWN;
    cgroupId = 0;
    cgroup = "";
    mark = 0;
  }

  public long sourceHigh() {
    return sourceHigh;
  }

  public long sourceLow() {
    return sourceLow;
  }

  public int sourcePort() {
    return sourcePort;
  }

  public void setSource(long high, long low, int port) {
    sourceHigh = high;
    sourceLow = low;
    sourcePort = port;
  }

  public void setSource(InetSocketAddress address) {
    setSource(high(address.getAddress()), low(address.getAddress()), address.getPort());
  }

  public long askedHigh() {
    return askedHigh;
  }

  public long askedLow() {
    return askedLow;
  }

  public int askedPort() {
    return askedPort;
  }

  /** The address and port the client sent its query to: where the answer must come from. */
  public void setAsked(long high, long low, int port) {
    askedHigh = high;
    askedLow = low;
    askedPort = port;
  }

  public void setAsked(InetSocketAddress address) {
    setAsked(high(address.getAddress()), low(address.getAddress()), address.getPort());
  }

  public Transport transport() {
    return transport;
  }

  public void setTransport(Transport transport) {
    this.transport = transport;
  }

  /** True if eBPF took the query off its way; false if it came to a {@code dns.bind} listener. */
  public boolean intercepted() {
    return intercepted;
  }

  public void setIntercepted(boolean intercepted) {
    this.intercepted = intercepted;
  }

  /** Whether a program of this machine asked, and eBPF took the query where it left. */
  public boolean local() {
    return local;
  }

  public void setLocal(boolean local) {
    this.local = local;
  }

  /** The 48 bits of the client's MAC address, first byte highest; 0 if unknown. */
  public long mac() {
    return mac;
  }

  public void setMac(long mac) {
    this.mac = mac;
  }

  /** Index of the interface the query came in by; 0 if unknown. */
  public int ifindex() {
    return ifindex;
  }

  public void setIfindex(int ifindex) {
    this.ifindex = ifindex;
  }

  /** VLAN id of 12 bits; 0 if untagged or unknown. */
  public int vlan() {
    return vlan;
  }

  public void setVlan(int vlan) {
    this.vlan = vlan;
  }

  /** Differentiated services code point, 0 to 63. */
  public int dscp() {
    return dscp;
  }

  public void setDscp(int dscp) {
    this.dscp = dscp;
  }

  /** Process id, if the query left a process of this machine; else 0. */
  public int pid() {
    return pid;
  }

  /** Process name; empty if unknown. */
  public String pname() {
    return pname;
  }

  /** The process's user, 32 bits unsigned; {@link #UNKNOWN} of clients on other machines. */
  public int uid() {
    return uid;
  }

  /** The number of the process's control group, which no later one has again; 0 if unknown. */
  public long cgroupId() {
    return cgroupId;
  }

  /** Its path below the root of the hierarchy, with a slash before it; empty if unknown. */
  public String cgroup() {
    return cgroup;
  }

  /** Whose the process is. */
  public void setOwner(int uid, long cgroupId, String cgroup) {
    this.uid = uid;
    this.cgroupId = cgroupId;
    this.cgroup = cgroup;
  }

  public void setProcess(int pid, String pname) {
    this.pid = pid;
    this.pname = pname;
  }

  /** The datapath's mark of this client (SO_RCVMARK); goes back with the reply. */
  public int mark() {
    return mark;
  }

  public void setMark(int mark) {
    this.mark = mark;
  }

  /** Whether the client asked an IPv4 address; the reply then goes by IPv4 too. */
  public boolean askedIpv4() {
    return isIpv4(askedHigh, askedLow);
  }

  public InetSocketAddress source() {
    return new InetSocketAddress(address(sourceHigh, sourceLow), sourcePort);
  }

  public InetSocketAddress asked() {
    return new InetSocketAddress(address(askedHigh, askedLow), askedPort);
  }

  /** Whether two halves are an IPv4-mapped address. */
  public static boolean isIpv4(long high, long low) {
    return high == 0 && (low >>> 32) == 0xffff;
  }

  /** High half of an address; 0 for IPv4. */
  public static long high(InetAddress address) {
    return address instanceof Inet4Address ? 0 : Wire.i64(address.getAddress(), 0);
  }

  /** Low half of an address; IPv4 becomes mapped. */
  public static long low(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4
        ? MAPPED | Integer.toUnsignedLong(Wire.i32(bytes, 0))
        : Wire.i64(bytes, 8);
  }

  /** The address of two halves. */
  public static InetAddress address(long high, long low) {
    byte[] bytes = new byte[isIpv4(high, low) ? 4 : 16];
    if (bytes.length == 4) {
      Wire.put32(bytes, 0, (int) low);
    } else {
      Wire.put32(bytes, 0, (int) (high >>> 32));
      Wire.put32(bytes, 4, (int) high);
      Wire.put32(bytes, 8, (int) (low >>> 32));
      Wire.put32(bytes, 12, (int) low);
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }

  /** For logs: {@code 10.0.0.2:4711 -> 8.8.8.8:53 UDP}. */
  @Override
  public String toString() {
    return text(source()) + " -> " + text(asked()) + " " + transport;
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
