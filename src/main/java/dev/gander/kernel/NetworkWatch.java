package dev.gander.kernel;

/**
 * Tells when an address, an interface or a default route of the namespace of the thread that opened
 * it comes, goes or changes; also half of one. Other routes are not told of: a full table changes
 * many times a second. One thread waits, another may {@link #wake} it.
 */
public final class NetworkWatch implements AutoCloseable {

  private static final int RTMGRP_LINK = 0x1;
  private static final int RTMGRP_IPV4_IFADDR = 0x10;
  private static final int RTMGRP_IPV6_IFADDR = 0x100;
  private static final int RTMGRP_IPV4_ROUTE = 0x40;
  private static final int RTMGRP_IPV6_ROUTE = 0x400;

  private final NetlinkSocket socket;

  private NetworkWatch(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Hears of addresses from now on. */
  public static NetworkWatch ofAddresses() {
    return new NetworkWatch(new NetlinkSocket(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR));
  }

  /** Hears of interfaces from now on: their names, MTU and flags too. */
  public static NetworkWatch ofLinks() {
    return new NetworkWatch(new NetlinkSocket(RTMGRP_LINK));
  }

  /** Hears of default routes from now on. */
  public static NetworkWatch ofRoutes() {
    return new NetworkWatch(new NetlinkSocket(RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE));
  }

  /** Hears of interfaces and of default routes from now on. */
  public static NetworkWatch ofLinksAndRoutes() {
    return new NetworkWatch(new NetlinkSocket(RTMGRP_LINK | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE));
  }

  /** Returns when something may have changed, or after {@link #wake}. */
  public void await() {
    socket.awaitAny(NetworkWatch::matters);
  }

  /** All but what is said of a route to some network. */
  static boolean matters(NetlinkReply said) {
    boolean route = said.type() == Netlink.RTM_NEWROUTE || said.type() == Netlink.RTM_DELROUTE;
    return !route || DefaultRoutes.isPart(said);
  }

  /** Ends one {@link #await}, now or to come. */
  public void wake() {
    socket.poke();
  }

  /** Only when no thread waits any more. */
  @Override
  public void close() {
    socket.close();
  }
}
