package dev.gander.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

  /**
   * Takes over the hook that a process has pinned under {@code pin}: from now on {@code program}
   * runs there. Empty if nothing is pinned, or the interface is another now.
   */
  static Optional<TcHook> adopt(BpfPins pins, String pin, int program, int ifindex) {
    return TcxLink.pinned(pins, pin, ifindex)
        .map(link -> {
          link.update(program);
          return link;
        });
  }

  /** Whether a hook of this interface is pinned there. */
  static boolean isPinned(BpfPins pins, String pin, int ifindex) {
    Optional<TcxLink> link = TcxLink.pinned(pins, pin, ifindex);
    link.ifPresent(TcxLink::close);
    return link.isPresent();
  }

  /**
   * Names of the programs at work there, whoever attached them, in the order in which they run;
   * none where they cannot be seen.
   */
  static List<String> programs(Netlink netlink, int ifindex, Direction direction) {
    List<String> names = new ArrayList<>(TcxLink.programs(ifindex, direction));
    names.addAll(ClsactFilter.programs(netlink, ifindex, direction));
    return names;
  }

  /** Removes a filter that a killed process left under {@code name}; false if there is none. */
  static boolean removeLeftover(Netlink netlink, String name, int ifindex, Direction direction) {
    return ClsactFilter.removeLeftover(netlink, name, ifindex, direction);
  }

  /**
   * Makes it outlive the process, and {@link #close}, until the pin is removed.
   *
   * @throws KernelException where hooks cannot be pinned (before Linux 6.6)
   */
  void pin(BpfPins pins, String name);

  /** Whether the program is still at work there: not once the interface is gone. */
  boolean isAlive();

  /** Takes the program off, if the hook is not pinned; once only. */
  @Override
  void close();
}
