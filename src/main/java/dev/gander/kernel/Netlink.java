package dev.gander.kernel;

import static dev.gander.kernel.NetlinkMessage.ACK;
import static dev.gander.kernel.NetlinkMessage.CREATE;
import static dev.gander.kernel.NetlinkMessage.DUMP;
import static dev.gander.kernel.NetlinkMessage.EXCLUSIVE;
import static dev.gander.kernel.NetlinkMessage.REPLACE;

import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * rtnetlink(7): links, addresses, routes, rules and TC filters of the network namespace of the
 * thread that called {@link #open}. Every request is acknowledged, and an error carries the
 * kernel's own words. Any thread, one request at a time.
 */
public final class Netlink implements AutoCloseable {

  static final int RTM_GETLINK = 18;
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int RTM_SETLINK = 19;
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_GETADDR = 22;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_DELROUTE = 25;
  private static final int RTM_GETROUTE = 26;
  private static final int RTM_NEWRULE = 32;
  private static final int RTM_DELRULE = 33;

  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_MASTER = 10;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_INFO_DATA = 2;
  private static final int IFLA_IFALIAS = 20;
  private static final int IFLA_NET_NS_FD = 28;
  private static final int IFLA_LINK_NETNSID = 37;
  private static final int VETH_INFO_PEER = 1;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_FLAGS = 8;
  private static final int IFA_F_NODAD = 2;
  static final int RTA_OIF = 4;
  private static final int RTA_GATEWAY = 5;
  static final int RTA_TABLE = 15;
  private static final int RTNH_F_ONLINK = 4;
  private static final int RT_TABLE_MAIN = 254;
  private static final int RT_TABLE_LOCAL = 255;
  private static final int RTPROT_STATIC = 4;
  private static final int RT_SCOPE_HOST = 254;
  static final int RTN_UNICAST = 1;
  private static final int RTN_LOCAL = 2;
  private static final int FR_ACT_TO_TBL = 1;
  private static final int FRA_IIFNAME = 3;
  private static final int FRA_TABLE = 15;

  private static final int IFF_UP = 0x1;
  private static final int IFF_NOARP = 0x80;

  private static final int AF_UNSPEC = 0;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private final NetlinkSocket socket;

  private Netlink(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Speaks for the network namespace of the calling thread. */
  public static Netlink open() {
    return new Netlink(new NetlinkSocket(0));
  }

  NetlinkSocket socket() {
    return socket;
  }

  /** All interfaces. */
  public List<Link> links() {
    try (Arena arena = Arena.ofConfined()) {
      List<Link> links = new ArrayList<>();
      socket.dump(
          "listing network interfaces",
          new NetlinkMessage(arena, RTM_GETLINK, DUMP).linkHeader(0, 0, 0),
          reply -> links.add(link(reply)));
      return links;
    }
  }

  /** The interface called {@code name}, if there is one. */
  public Optional<Link> link(String name) {
    return links().stream().filter(link -> link.name().equals(name)).findFirst();
  }

  private static Link link(NetlinkReply reply) {
    NetlinkReply.Attributes attributes = reply.attributes(16);
    long mac = 0;
    byte[] address = attributes.bytes(IFLA_ADDRESS);
    if (address.length == 6) {
      for (byte part : address) {
        mac = mac << 8 | (part & 0xff);
      }
    }
    return new Link(
        reply.u32(4),
        attributes.string(IFLA_IFNAME),
        mac,
        attributes.u32(IFLA_MTU),
        reply.u16(2),
        reply.u32(8),
        attributes.u32(IFLA_MASTER),
        attributes.nested(IFLA_LINKINFO).string(IFLA_INFO_KIND),
        attributes.string(IFLA_IFALIAS),
        attributes.bytes(IFLA_LINK_NETNSID).length == 0 ? -1 : attributes.u32(IFLA_LINK_NETNSID));
  }

  /**
   * A veth pair: one end here, the other born in {@code namespace}.
   *
   * @param ifindex the number the near end is to have, or 0 for any; {@code peerIfindex} likewise
   */
  public void createVeth(
      String name, int ifindex, String peer, int peerIfindex, NetworkNamespace namespace) {
    try (Arena arena = Arena.ofConfined()) {
      NetlinkMessage message =
          new NetlinkMessage(arena, RTM_NEWLINK, ACK | CREATE | EXCLUSIVE)
              .linkHeader(ifindex, 0, 0)
              .attribute(IFLA_IFNAME, name);
      int info = message.begin(IFLA_LINKINFO);
      message.attribute(IFLA_INFO_KIND, "veth");
      int data = message.begin(IFLA_INFO_DATA);
      int peerInfo = message.begin(VETH_INFO_PEER);
      message
          .linkHeader(peerIfindex, 0, 0)
          .attribute(IFLA_IFNAME, peer)
          .attribute(IFLA_NET_NS_FD, namespace.fd());
      message.end(peerInfo).end(data).end(info);
      NetlinkSocket.Reply reply = socket.request(message);
      if (reply.errno() == Errno.EOPNOTSUPP) {
        throw new KernelException(
            "this kernel has no veth devices ("
                + reply.words()
                + "): modprobe veth, or build it"
                + " with CONFIG_VETH",
            reply.errno());
      }
      reply.orThrow("creating the veth pair " + name + "/" + peer);
    }
  }

  /** Leaves a text that says whose the interface is. */
  public void setAlias(int ifindex, String alias) {
    try (Arena arena = Arena.ofConfined()) {
      socket.command(
          "setting the alias of interface " + ifindex,
          new NetlinkMessage(arena, RTM_SETLINK, ACK)
              .linkHeader(ifindex, 0, 0)
              .attribute(IFLA_IFALIAS, alias));
    }
  }

  public void setMtu(int ifindex, int mtu) {
    try (Arena arena = Arena.ofConfined()) {
      socket.command(
          "setting the MTU of interface " + ifindex + " to " + mtu,
          new NetlinkMessage(arena, RTM_SETLINK, ACK)
              .linkHeader(ifindex, 0, 0)
              .attribute(IFLA_MTU, mtu));
    }
  }

  public void setUp(int ifindex) {
    setFlags(ifindex, IFF_UP, IFF_UP);
  }

  /** No ARP and no neighbour discovery: every frame is sent to the interface's own address. */
  public void setUpWithoutNeighbours(int ifindex) {
    setFlags(ifindex, IFF_UP | IFF_NOARP, IFF_UP | IFF_NOARP);
  }

  private void setFlags(int ifindex, int flags, int change) {
    try (Arena arena = Arena.ofConfined()) {
      socket.command(
          "setting interface " + ifindex + " up",
          new NetlinkMessage(arena, RTM_SETLINK, ACK).linkHeader(ifindex, flags, change));
    }
  }

  /** Deletes an interface; false if it is gone already. */
  public boolean delete(int ifindex) {
    try (Arena arena = Arena.ofConfined()) {
      NetlinkSocket.Reply reply =
          socket.request(new NetlinkMessage(arena, RTM_DELLINK, ACK).linkHeader(ifindex, 0, 0));
      if (reply.errno() == Errno.ENODEV) {
        return false;
      }
      reply.orThrow("deleting interface " + ifindex);
      return true;
    }
  }

  /** Every address of this namespace, both families. */
  public List<InetAddress> addresses() {
    try (Arena arena = Arena.ofConfined()) {
      List<InetAddress> addresses = new ArrayList<>();
      socket.dump(
          "listing addresses",
          new NetlinkMessage(arena, RTM_GETADDR, DUMP).u8(AF_UNSPEC).u8(0).u8(0).u8(0).u32(0),
          reply -> {
            NetlinkReply.Attributes attributes = reply.attributes(8);
            byte[] local = attributes.bytes(IFA_LOCAL);
            byte[] address = local.length > 0 ? local : attributes.bytes(IFA_ADDRESS);
            if (address.length > 0) {
              addresses.add(inetAddress(address));
            }
          });
      return addresses;
    }
  }

  private static InetAddress inetAddress(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new KernelException("netlink told an address of " + bytes.length + " bytes", 0);
    }
  }

  /** Adds an address, usable at once (no duplicate address detection). */
  public void addAddress(int ifindex, InetAddress address, int prefixLength) {
    byte[] bytes = address.getAddress();
    try (Arena arena = Arena.ofConfined()) {
      socket.command(
          "adding address " + address.getHostAddress(),
          new NetlinkMessage(arena, RTM_NEWADDR, ACK | CREATE | REPLACE)
              .u8(family(bytes))
              .u8(prefixLength)
              .u8(0)
              .u8(0)
              .u32(ifindex)
              .attribute(IFA_LOCAL, bytes)
              .attribute(IFA_ADDRESS, bytes)
              .attribute(IFA_FLAGS, IFA_F_NODAD));
    }
  }

  /**
   * Numbers of the interfaces that default routes lead out of, of any table and both families; also
   * of those that are written down in parts, as VPNs do.
   */
  public Set<Integer> defaultRouteInterfaces() {
    try (Arena arena = Arena.ofConfined()) {
      DefaultRoutes routes = new DefaultRoutes();
      socket.dump(
          "listing routes",
          new NetlinkMessage(arena, RTM_GETROUTE, DUMP)
              .u8(AF_UNSPEC)
              .u8(0)
              .u8(0)
              .u8(0)
              .u32(0)
              .u32(0),
          routes::add);
      return routes.interfaces();
    }
  }

  /** A default route through {@code gateway}, which need not be on a known network. */
  public void addDefaultRoute(int ifindex, InetAddress gateway) {
    byte[] bytes = gateway.getAddress();
    try (Arena arena = Arena.ofConfined()) {
      socket.command(
          "adding the default route through " + gateway.getHostAddress(),
          route(arena, family(bytes), RT_TABLE_MAIN, 0, RTN_UNICAST, RTNH_F_ONLINK)
              .attribute(RTA_OIF, ifindex)
              .attribute(RTA_GATEWAY, bytes));
    }
  }

  /** In {@code table}, every destination is this machine's own (what TPROXY needs). */
  public void addLocalDefaultRoute(int table, int ifindex, boolean ipv6) {
    try (Arena arena = Arena.ofConfined()) {
      socket.command(
          "adding the local default route of table " + table,
          route(arena, ipv6 ? AF_INET6 : AF_INET, 0, RT_SCOPE_HOST, RTN_LOCAL, 0)
              .attribute(RTA_OIF, ifindex)
              .attribute(RTA_TABLE, table));
    }
  }

  private static NetlinkMessage route(
      Arena arena, int family, int table, int scope, int type, int flags) {
    return new NetlinkMessage(arena, RTM_NEWROUTE, ACK | CREATE | REPLACE)
        .u8(family)
        .u8(0)
        .u8(0)
        .u8(0)
        .u8(table)
        .u8(RTPROT_STATIC)
        .u8(scope)
        .u8(type)
        .u32(flags);
  }

  /**
   * {@code ip rule add iif NAME table TABLE}: for what comes in there, also if the interface comes
   * later. The kernel puts it before the rule of the main table, if the local one's is there.
   */
  public void addInputRule(String name, int table, boolean ipv6) {
    try (Arena arena = Arena.ofConfined()) {
      socket.command(
          "adding the rule for packets from " + name,
          rule(arena, RTM_NEWRULE, ACK | CREATE | EXCLUSIVE, table, ipv6)
              .attribute(FRA_IIFNAME, name));
    }
  }

  /**
   * {@code ip rule del table local}, the first such rule: own IPv4 addresses are like any others.
   */
  public void deleteLocalRule() {
    try (Arena arena = Arena.ofConfined()) {
      socket.command(
          "deleting the rule of the local table",
          rule(arena, RTM_DELRULE, ACK, RT_TABLE_LOCAL, false));
    }
  }

  /** struct fib_rule_hdr, and the table. */
  private static NetlinkMessage rule(Arena arena, int type, int flags, int table, boolean ipv6) {
    return new NetlinkMessage(arena, type, flags)
        .u8(ipv6 ? AF_INET6 : AF_INET)
        .u8(0)
        .u8(0)
        .u8(0)
        .u8(0)
        .u8(0)
        .u8(0)
        .u8(FR_ACT_TO_TBL)
        .u32(0)
        .attribute(FRA_TABLE, table);
  }

  private static int family(byte[] address) {
    return address.length == 4 ? AF_INET : AF_INET6;
  }

  @Override
  public void close() {
    socket.close();
  }
}
