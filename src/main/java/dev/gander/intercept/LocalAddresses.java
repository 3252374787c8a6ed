package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.NetworkWatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the map of this machine's addresses true: lists them all, now and whenever the kernel says
 * that one came or went.
 */
final class LocalAddresses implements AutoCloseable {

  private final Netlink netlink;
  private final BpfMap map;
  private final BpfMap.View filter;
  private final Follower follower;

  private LocalAddresses(Netlink netlink, BpfMap map, BpfMap.View filter) {
    this.netlink = netlink;
    this.map = map;
    this.filter = filter;
    follower = new Follower("addresses", NetworkWatch.ofAddresses(), this::refresh);
  }

  /**
   * For the namespace of the calling thread, for which {@code netlink} speaks.
   *
   * @param filter what the kernel looks into before the map
   */
  static LocalAddresses follow(Netlink netlink, BpfMap map, BpfMap filter) {
    LocalAddresses addresses = new LocalAddresses(netlink, map, filter.writableView());
    addresses.refresh();
    addresses.follower.start();
    return addresses;
  }

  /** Adds before it removes, so that an address that stays is never absent. */
  private void refresh() {
    Map<String, byte[]> stale = new HashMap<>();
    map.keys().forEach(key -> stale.put(text(key), key));
    List<byte[]> present =
        netlink.addresses().stream().map(a -> Shared.address(a.getAddress())).toList();
    long[] bits = new long[Shared.LOCAL_FILTER_WORDS];
    present.forEach(address -> setBit(bits, address));
    for (int i = 0; i < bits.length; i++) {
      filter.publishLong(0, Long.BYTES * i, filter.longAt(0, Long.BYTES * i) | bits[i]);
    }
    for (byte[] address : present) {
      if (stale.remove(text(address)) == null) {
        map.update(address, Shared.u32(1));
      }
    }
    stale.values().forEach(map::delete);
    for (int i = 0; i < bits.length; i++) {
      filter.publishLong(0, Long.BYTES * i, bits[i]);
    }
  }

  /** local_bit of redirect.h. */
  private static void setBit(long[] bits, byte[] address) {
    ByteBuffer words = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder());
    int hash = 0;
    while (words.hasRemaining()) {
      hash ^= words.getInt();
    }
    int bit = (hash * 0x9e3779b1) >>> 20;
    bits[bit / Long.SIZE] |= 1L << (bit % Long.SIZE);
  }

  private static String text(byte[] key) {
    return Base64.getEncoder().encodeToString(key);
  }

  @Override
  public void close() {
    follower.close();
    filter.close();
  }
}
