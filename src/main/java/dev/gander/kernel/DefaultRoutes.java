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
 * default route where it is and go before it with two halves, 0.0.0.0/1 and 128.0.0.0/1, or ::/1
 * and 8000::/1: with both in one table, they are one, too. Threads: one.
 */
final class DefaultRoutes {

  // Offsets in struct rtmsg.
  private static final int FAMILY = 0;
  private static final int DESTINATION_LENGTH = 1;
  private static final int ROUTE_TYPE = 7;
  private static final int ATTRIBUTES = 12;

  private static final int RTA_DST = 1;
  private static final int RTA_MULTIPATH = 9;

  private final Set<Integer> interfaces = new HashSet<>();
  private final Map<Table, Halves> halves = new HashMap<>();

  private record Table(int family, int number) {}

  /** Interfaces of the routes to addresses that begin with a bit of 0, and with one of 1. */
  private record Halves(Set<Integer> low, Set<Integer> high) {

    Halves() {
      this(new HashSet<>(), new HashSet<>());
    }

    boolean areBothThere() {
      return !low.isEmpty() && !high.isEmpty();
    }
  }

  /** Whether a route is a default route, or half of one. */
  static boolean isPart(NetlinkReply route) {
    return route.u8(DESTINATION_LENGTH) <= 1;
  }

  /** One more route of the list. */
  void add(NetlinkReply route) {
    if (!isPart(route) || route.u8(ROUTE_TYPE) != Netlink.RTN_UNICAST) {
      return;
    }
    NetlinkReply.Attributes attributes = route.attributes(ATTRIBUTES);
    Set<Integer> leaving = interfaces;
    if (route.u8(DESTINATION_LENGTH) == 1) {
      Halves both =
          halves.computeIfAbsent(
              new Table(route.u8(FAMILY), attributes.u32(Netlink.RTA_TABLE)),
              table -> new Halves());
      byte[] destination = attributes.bytes(RTA_DST);
      leaving = destination.length > 0 && destination[0] < 0 ? both.high : both.low;
    }
    leaving.add(attributes.u32(Netlink.RTA_OIF));
    leaving.addAll(nextHops(attributes.bytes(RTA_MULTIPATH)));
    leaving.remove(0);
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
    halves.values().stream()
        .filter(Halves::areBothThere)
        .forEach(both -> {
          all.addAll(both.low);
          all.addAll(both.high);
        });
    return all;
  }
}
