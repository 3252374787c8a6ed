package dev.gander.intercept;

import dev.gander.kernel.AbstractLock;
import dev.gander.kernel.BpfPins;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.KernelFeatures;
import dev.gander.kernel.NetworkNamespace;
import java.lang.System.Logger.Level;
import java.util.OptionalInt;

/**
 * That one gander intercepts in a network namespace, and what it leaves there when it ends: its
 * lock, its pins, and the pins of those that are gone. Any thread of that namespace.
 */
final class Claim {

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");
  private static final String LOCK = "gander-intercept";
  private static final String PINS = "gander-";

  private Claim() {}

  /**
   * Takes the namespace.
   *
   * @throws KernelException EADDRINUSE if another gander has it, with its pid
   */
  static AbstractLock lock() {
    try {
      return AbstractLock.acquire(LOCK);
    } catch (AbstractLock.HeldException e) {
      throw new KernelException(
          "another gander intercepts in this network namespace already: "
              + (e.pid() > 0 ? "process " + e.pid() : "a process that cannot be seen from here")
              + "; stop it first",
          Errno.EADDRINUSE);
    }
  }

  /** Who has it: 0 if he cannot be seen from here. */
  static OptionalInt holder() {
    try {
      AbstractLock.acquire(LOCK).close();
      return OptionalInt.empty();
    } catch (AbstractLock.HeldException e) {
      return OptionalInt.of(e.pid());
    }
  }

  /** Where that which is to outlive the process is kept. */
  static BpfPins pins() {
    return BpfPins.in(PINS + NetworkNamespace.current().replaceAll("[^0-9]", ""));
  }

  /** Removes the pins of network namespaces that are gone: their folders would stay for ever. */
  static void sweep() {
    if (!KernelFeatures.missingCapabilities().isEmpty()) {
      return; // who may not look at a pin must not think it dead
    }
    try {
      for (BpfPins pins : BpfPins.all(PINS)) {
        if (LanHooks.areDead(pins)) {
          LOG.log(Level.INFO, "removed what a gander left in a network namespace that is gone");
          pins.names().forEach(pins::remove);
        }
      }
    } catch (KernelException e) {
      LOG.log(Level.WARNING, "leftovers of other network namespaces stay: {0}", e.getMessage());
    }
  }

  /** Ends what a dead process has left here, or in a namespace that is gone. */
  static void endLeftovers() {
    sweep();
    BpfPins pins = pins();
    if (pins.names().isEmpty()) {
      return;
    }
    try {
      AbstractLock lock = lock();
      pins.names().forEach(pins::remove);
      lock.close();
    } catch (KernelException e) {
      if (e.errno() != Errno.EADDRINUSE) {
        throw e;
      }
    }
  }
}
