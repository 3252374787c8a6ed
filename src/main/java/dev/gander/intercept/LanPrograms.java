package dev.gander.intercept;

import dev.gander.kernel.BpfObject;
import dev.gander.kernel.Link;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which program looks at what arrives on a LAN interface. The one for links without Ethernet
 * headers is loaded when there is such a link for the first time. Threads: the caller's, one at a
 * time.
 */
final class LanPrograms implements AutoCloseable {

  private final int ethernet;
  private final Supplier<BpfObject> loader;
  private @Nullable BpfObject ipOnly;

  /**
   * @param object has the program for Ethernet, and stays its owner's
   * @param loader loads the other one
   */
  LanPrograms(BpfObject object, Supplier<BpfObject> loader) {
    this.ethernet = object.program("lan_ingress");
    this.loader = loader;
  }

  /**
   * A descriptor of the program for this kind of link.
   *
   * @throws dev.gander.kernel.KernelException if the kernel refuses to load it
   */
  int of(Link link) {
    if (link.isEthernet()) {
      return ethernet;
    }
    if (ipOnly == null) {
      ipOnly = loader.get();
    }
    return ipOnly.program("lan_ingress_l3");
  }

  @Override
  public void close() {
    if (ipOnly != null) {
      ipOnly.close();
      ipOnly = null;
    }
  }
}
