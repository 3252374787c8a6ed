package dev.gander.intercept;

import dev.gander.kernel.BpfMap;

/** The sockets that the programs give queries to: so many slots a family. */
final class ListenSockets {

  private final BpfMap map;
  private final int perFamily;

  /**
   * None yet.
   *
   * @param map {@code listen_sockets}
   */
  ListenSockets(BpfMap map, int perFamily) {
    this.map = map;
    this.perFamily = perFamily;
  }

  /** These from now on, by descriptor; each in turn if they are fewer than the slots. */
  void set(int[] ipv4, int[] ipv6) {
    setFamily(0, ipv4);
    setFamily(Shared.LISTENERS_MAX, ipv6);
  }

  private void setFamily(int first, int[] sockets) {
    for (int i = 0; i < perFamily; i++) {
      byte[] slot = Shared.u32(first + i);
      if (sockets.length == 0) {
        map.delete(slot);
      } else {
        map.update(slot, Shared.u64(sockets[i % sockets.length]));
      }
    }
  }
}
