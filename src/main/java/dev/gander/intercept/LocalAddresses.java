package dev.gander.intercept;

import dev.gander.kernel.AddressWatch;
import dev.gander.kernel.BpfMap;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Netlink;
import java.lang.System.Logger.Level;
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
  private final AddressWatch watch;
  private final Thread thread;
  private volatile boolean closing;

  private LocalAddresses(Netlink netlink, BpfMap map, AddressWatch watch) {
    this.netlink = netlink;
    this.map = map;
    this.watch = watch;
    this.thread = Thread.ofPlatform().name("gander-addresses").daemon().unstarted(this::follow);
  }

  /** For the namespace of the calling thread, for which {@code netlink} speaks. */
  static LocalAddresses follow(Netlink netlink, BpfMap map) {
    LocalAddresses addresses = new LocalAddresses(netlink, map, AddressWatch.open());
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
    for (byte[] address : present) {
      if (stale.remove(text(address)) == null) {
        map.update(address, Shared.u32(1));
      }
    }
    stale.values().forEach(map::delete);
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
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
