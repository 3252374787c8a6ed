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
  private static final int ARPHRD_NONE = 0xfffe;
  private static final int IFF_UP = 1;
  private static final int IFF_LOOPBACK = 8;

  /** Frames on it start with an Ethernet header. */
  public boolean isEthernet() {
    return arpType == ARPHRD_ETHER;
  }

  /** Packets on it start with their IP header: WireGuard, tun, PPP, raw IP. */
  public boolean isIpOnly() {
    return arpType == ARPHRD_NONE || arpType == ARPHRD_PPP || arpType == ARPHRD_RAWIP;
  }

  public boolean isLoopback() {
    return (flags & IFF_LOOPBACK) != 0;
  }

  public boolean isUp() {
    return (flags & IFF_UP) != 0;
  }
}
