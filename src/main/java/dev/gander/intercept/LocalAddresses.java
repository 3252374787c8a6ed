package dev.gander.intercept;

import dev.gander.kernel.AddressWatch;
import dev.gander.kernel.BpfMap;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Netlink;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the map of this machine's addresses true: lists them all, now and whenever the kernel says
 * that one came or went. One thread of its own.
 */
final class LocalAddresses implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");

  private final Netlink netlink;
  private final BpfMap map;
  private final BpfMap.View filter;
  private final AddressWatch watch;
  private final Thread thread;
  private volatile boolean closing;

  private LocalAddresses(Netlink netlink, BpfMap map, BpfMap.View filter, AddressWatch watch) {
    this.netlink = netlink;
    this.map = map;
    this.filter = filter;
    this.watch = watch;
    this.thread = Thread.ofPlatform().name("gander-addresses").daemon().unstarted(this::follow);
  }

  /**
   * For the namespace of the calling thread, for which {@code netlink} speaks.
   *
   * @param filter what the kernel looks into before the map
   */
  static LocalAddresses follow(Netlink netlink, BpfMap map, BpfMap filter) {
    LocalAddresses addresses =
        new LocalAddresses(netlink, map, filter.writableView(), AddressWatch.open());
    addresses.refresh();
    addresses.thread.start();
    return addresses;
  }

  private void follow() {
    while (true) {
      try {
        watch.await();
        if (closing) {
          return;
        }
        refresh();
      } catch (KernelException e) {
        LOG.log(Level.WARNING, "this machine's addresses could not be read: " + e.getMessage());
        if (closing) {
          return;
        }
      }
    }
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
    closing = true;
    watch.wake();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // the socket must not be closed under the thread
      }
    }
    watch.close();
    filter.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
