package dev.gander.local;

import dev.gander.message.Client;
import java.net.InetAddress;

/** Addresses that mean something in this network or on this machine only, never to the world. */
public final class PrivateAddresses {

  private static final int[][] IPV4 = {
    {0x0000_0000, 8}, // this network, RFC 1122
    {0x0a00_0000, 8}, // RFC 1918
    {0x6440_0000, 10}, // carrier-grade NAT, RFC 6598
    {0x7f00_0000, 8}, // loopback
    {0xa9fe_0000, 16}, // link-local
    {0xac10_0000, 12}, // RFC 1918
    {0xc0a8_0000, 16}, // RFC 1918
  };

  /** 64:ff9b::/96, NAT64 (RFC 6052): the IPv4 address in its last 32 bits counts. */
  private static final long NAT64 = 0x0064_ff9b_0000_0000L;

  private PrivateAddresses() {}

  /**
   * Whether the address is private, shared (100.64.0.0/10), loopback, link-local, unique local, or
   * unspecified; an IPv4 address inside of IPv6 (mapped, compatible, NAT64) counts as itself.
   *
   * @param high the address as {@link Client} has it
   */
  public static boolean contain(long high, long low) {
    if (high == 0 && low >>> 32 == 0xffff) {
      return ipv4((int) low);
    }
    if (high == 0 && low >>> 32 == 0) {
      return low <= 1 || ipv4((int) low);
    }
    if (high == NAT64 && low >>> 32 == 0) {
      return ipv4((int) low);
    }
    boolean uniqueLocal = high >>> 57 == 0xfc >> 1;
    boolean linkLocal = high >>> 54 == 0xfe80 >> 6;
    boolean siteLocal = high >>> 54 == 0xfec0 >> 6;
    return uniqueLocal || linkLocal || siteLocal;
  }

  /** The same for an address as Java has it. */
  public static boolean contain(InetAddress address) {
    return contain(Client.high(address), Client.low(address));
  }

  private static boolean ipv4(int address) {
    for (int[] prefix : IPV4) {
      if ((address ^ prefix[0]) >>> (32 - prefix[1]) == 0) {
        return true;
      }
    }
    return false;
  }
}
