package dev.gander.kernel;

/**
 * A program at work on one interface. Made by the thread whose network namespace holds the
 * interface; closed by any thread. Closing succeeds also when the interface is gone.
 */
public sealed interface TcHook extends AutoCloseable permits TcxLink, ClsactFilter {

  /** Which packets: those that arrive at the interface, or those that leave by it. */
  enum Direction {
    INGRESS,
    EGRESS
  }

  /**
   * How a program is attached: TCX links (Linux 6.6) end with the process; filters of the clsact
   * queueing discipline stay until they are removed.
   */
  enum Kind {
    TCX,
    CLSACT
  }

  /**
   * Attaches {@code program} (a descriptor of {@link BpfObject#program}).
   *
   * @param name for messages, and how a leftover filter is known again; 1 to 32 ASCII letters
   * @param netlink of the same namespace as the calling thread
   */
  static TcHook attach(
      Kind kind, Netlink netlink, int program, String name, int ifindex, Direction direction) {
    return switch (kind) {
      case TCX -> TcxLink.create(program, name, ifindex, direction);
      case CLSACT -> ClsactFilter.create(netlink, program, name, ifindex, direction);
    };
  }

  /** Removes a filter that a killed process left under {@code name}; false if there is none. */
  static boolean removeLeftover(Netlink netlink, String name, int ifindex, Direction direction) {
    return ClsactFilter.removeLeftover(netlink, name, ifindex, direction);
  }

  /** Takes the program off; once only. */
  @Override
  void close();
}
