package dev.gander.intercept;

import dev.gander.kernel.BpfObject;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Link;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.TcHook;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** wan_egress on the WAN interfaces. Threads: the caller's, one at a time. */
final class WanHooks implements AutoCloseable {

  /** The filter's name where there is no TCX; a leftover is known by it. */
  private static final String FILTER = "gander_wan_egress";

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");

  private final Netlink netlink;
  private final BpfObject programs;
  private final TcHook.Kind kind;
  private final Map<Integer, TcHook> hooks = new HashMap<>();

  WanHooks(Netlink netlink, BpfObject programs, TcHook.Kind kind) {
    this.netlink = netlink;
    this.programs = programs;
    this.kind = kind;
  }

  /** A killed gander's filters stay under clsact. */
  static void removeLeftovers(Netlink netlink) {
    for (Link link : netlink.links()) {
      if (TcHook.removeLeftover(netlink, FILTER, link.ifindex(), TcHook.Direction.EGRESS)) {
        LOG.log(Level.INFO, "removed a leftover filter from {0}", link.name());
      }
    }
  }

  /** Hooks exactly these, as far as the kernel lets it: what has come may have gone again. */
  void follow(List<Link> links) {
    hooks
        .entrySet()
        .removeIf(entry -> {
          boolean dead = !entry.getValue().isAlive();
          if (dead) {
            entry.getValue().close();
          }
          return dead;
        });
    Set<Integer> wanted = links.stream().map(Link::ifindex).collect(Collectors.toSet());
    hooks
        .entrySet()
        .removeIf(entry -> {
          boolean surplus = !wanted.contains(entry.getKey());
          if (surplus) {
            entry.getValue().close();
          }
          return surplus;
        });
    for (Link link : links) {
      try {
        hooks.computeIfAbsent(link.ifindex(), ifindex -> hook(link));
      } catch (KernelException e) {
        LOG.log(
            e.errno() == Errno.ENODEV ? Level.DEBUG : Level.WARNING,
            "{0} is not served: {1}",
            link.name(),
            e.getMessage());
      }
    }
  }

  private TcHook hook(Link link) {
    int program = programs.program(link.isEthernet() ? "wan_egress" : "wan_egress_l3");
    return TcHook.attach(kind, netlink, program, FILTER, link.ifindex(), TcHook.Direction.EGRESS);
  }

  /** Whether what leaves there is seen. */
  boolean isHooked(Link link) {
    return hooks.containsKey(link.ifindex());
  }

  @Override
  public void close() {
    follow(List.of());
  }
}
