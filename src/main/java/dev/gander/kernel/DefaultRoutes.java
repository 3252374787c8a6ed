package dev.gander.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Out of which interfaces everything goes, of the routes that the kernel lists. VPNs leave the
 * default route where it is and go before it with parts: 0.0.0.0/1 and 128.0.0.0/1, ::/1 and
 * 8000::/1, 2000::/3, or that in two halves. Where the parts in one table leave nothing out they
 * are a default route, too; of IPv6 that is what global unicast addresses are taken from, 2000::/3.
 * Threads: one.
 */
final class DefaultRoutes {

  // Offsets in struct rtmsg.
  private static final int FAMILY = 0;
  private static final int DESTINATION_LENGTH = 1;
  private static final int ROUTE_TYPE = 7;
  private static final int ATTRIBUTES = 12;

  private static final int RTA_DST = 1;
  private static final int RTA_MULTIPATH = 9;

  private static final int AF_INET = 2;

  /** Parts have at most so many bits: sixteenths of a family's addresses. */
  private static final int PART_BITS = 4;

  /** A bit for each sixteenth, by the first bits of its addresses. */
  private static final int ALL = 0xffff;

  private static final int GLOBAL_UNICAST = 1 << 2 | 1 << 3;

  private final Set<Integer> interfaces = new HashSet<>();
  private final Map<Table, Parts> tables = new HashMap<>();

  private record Table(int family, int number) {

    int wanted() {
      return family == AF_INET ? ALL : GLOBAL_UNICAST;
    }
  }

  /** Which sixteenths routes lead to, and out of which interfaces. */
  private static final class Parts {

    private final Set<Integer> interfaces = new HashSet<>();
    private int covered;
  }

  /** Whether a route is a default route, or may be part of one. */
  static boolean isPart(NetlinkReply route) {
    return route.u8(DESTINATION_LENGTH) <= PART_BITS;
  }

  /** One more route of the list. */
  void add(NetlinkReply route) {
    if (!isPart(route) || route.u8(ROUTE_TYPE) != Netlink.RTN_UNICAST) {
      return;
    }
    NetlinkReply.Attributes attributes = route.attributes(ATTRIBUTES);
    Table table = new Table(route.u8(FAMILY), attributes.u32(Netlink.RTA_TABLE));
    int part = sixteenths(attributes.bytes(RTA_DST), route.u8(DESTINATION_LENGTH)) & table.wanted();
    if (part == 0) {
      return;
    }
    Set<Integer> leaving = interfaces;
    if (route.u8(DESTINATION_LENGTH) > 0) {
      Parts parts = tables.computeIfAbsent(table, unseen -> new Parts());
      parts.covered |= part;
      leaving = parts.interfaces;
    }
    leaving.add(attributes.u32(Netlink.RTA_OIF));
    leaving.addAll(nextHops(attributes.bytes(RTA_MULTIPATH)));
    leaving.remove(0);
  }

  /** Those of a prefix. */
  private static int sixteenths(byte[] destination, int length) {
    int first = destination.length == 0 ? 0 : (destination[0] & 0xff) >>> (Byte.SIZE - PART_BITS);
    int many = 1 << (PART_BITS - length);
    return ((1 << many) - 1) << first;
  }

  /** struct rtnexthop: length, flags, weight, interface; attributes of its own behind it. */
  private static List<Integer> nextHops(byte[] multipath) {
    ByteBuffer hops = ByteBuffer.wrap(multipath).order(ByteOrder.nativeOrder());
    List<Integer> interfaces = new ArrayList<>();
    for (int at = 0; at + 8 <= multipath.length; ) {
      interfaces.add(hops.getInt(at + 4));
      at += Math.max(8, (hops.getShort(at) & 0xffff) + 3 & ~3);
    }
    return interfaces;
  }

  /** Numbers of those that the routes so far lead out of. */
  Set<Integer> interfaces() {
    Set<Integer> all = new HashSet<>(interfaces);
    tables.forEach((table, parts) -> {
      if (parts.covered == table.wanted()) {
        all.addAll(parts.interfaces);
      }
    });
    return all;
  }
}
