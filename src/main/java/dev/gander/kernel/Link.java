package dev.gander.kernel;

/**
 * A network interface as rtnetlink tells it.
 *
 * @param mac 48 bits, 0 where it has none
 * @param arpType ARPHRD_ number; 1 is Ethernet
 * @param flags IFF_ bits
 * @param master ifindex of the bridge or bond it belongs to, or 0
 * @param kind {@code "veth"}, {@code "bridge"}, …; empty for hardware
 * @param alias text an owner left, or empty
 * @param peerNamespace number that this namespace has for that of the other end, -1 if it is the
 *     same or there is none
 */
public record Link(
    int ifindex,
    String name,
    long mac,
    int mtu,
    int arpType,
    int flags,
    int master,
    String kind,
    String alias,
    int peerNamespace) {

  private static final int ARPHRD_ETHER = 1;
  private static final int ARPHRD_PPP = 512;
  private static final int ARPHRD_RAWIP = 519;
  private static final int ARPHRD_TUNNEL = 768;
  private static final int ARPHRD_TUNNEL6 = 769;
  private static final int ARPHRD_SIT = 776;
  private static final int ARPHRD_IPGRE = 778;
  private static final int ARPHRD_IP6GRE = 823;
  private static final int ARPHRD_NONE = 0xfffe;
  private static final int IFF_UP = 1;
  private static final int IFF_BROADCAST = 2;
  private static final int IFF_LOOPBACK = 8;
  private static final int IFF_POINTOPOINT = 16;

  /** Frames on it start with an Ethernet header. */
  public boolean isEthernet() {
    return arpType == ARPHRD_ETHER;
  }

  /**
   * Packets on it start with their IP header: WireGuard, tun, PPP, raw IP; ipip, sit and GRE, if it
   * is written down where their other end is.
   */
  public boolean isIpOnly() {
    return switch (arpType) {
      case ARPHRD_NONE, ARPHRD_PPP, ARPHRD_RAWIP -> true;
      default -> isTunnel() && hasOneOtherEnd();
    };
  }

  /** One of the kernel's tunnels over IP: ipip, sit, GRE, over IPv4 or IPv6. */
  public boolean isTunnel() {
    return switch (arpType) {
      case ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT, ARPHRD_IPGRE, ARPHRD_IP6GRE -> true;
      default -> false;
    };
  }

  /** A tunnel without that needs a route for each packet, and GRE shows its outer header there. */
  private boolean hasOneOtherEnd() {
    return (flags & (IFF_POINTOPOINT | IFF_BROADCAST)) == IFF_POINTOPOINT;
  }

  public boolean isLoopback() {
    return (flags & IFF_LOOPBACK) != 0;
  }

  public boolean isUp() {
    return (flags & IFF_UP) != 0;
  }
}
