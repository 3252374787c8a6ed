package dev.gander.intercept;

import dev.gander.kernel.BpfPins;
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

/** lan_ingress, or lan_ingress_l3, on the LAN interfaces. Threads: the caller's, one at a time. */
final class LanHooks implements AutoCloseable {

  /** The filter's name where there is no TCX; a leftover is known by it. */
  private static final String FILTER = "gander_lan_ingress";

  private static final String PIN = "lan_ingress-";

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");

  private final Netlink netlink;
  private final LanPrograms programs;
  private final TcHook.Kind kind;
  private final BpfPins pins;
  private final Map<Integer, TcHook> hooks = new HashMap<>();
  private boolean kept;

  /**
   * Hooks that {@code pins} holds go on with their own program until {@link #attach} takes them
   * over.
   */
  LanHooks(Netlink netlink, LanPrograms programs, TcHook.Kind kind, BpfPins pins) {
    this.pins = pins;
    this.netlink = netlink;
    this.programs = programs;
    this.kind = kind;
    if (kind == TcHook.Kind.CLSACT) {
      removeLeftovers();
    }
  }

  /** A killed gander's filters stay under clsact, also on interfaces that are no longer LAN. */
  private void removeLeftovers() {
    for (Link link : netlink.links()) {
      if (TcHook.removeLeftover(netlink, FILTER, link.ifindex(), TcHook.Direction.INGRESS)) {
        LOG.log(Level.INFO, "removed a leftover filter from {0}", link.name());
      }
    }
  }

  private void warnOfBridge(Link link) {
    for (Link bridge : link.master() == 0 ? List.<Link>of() : netlink.links()) {
      if (bridge.ifindex() == link.master() && bridge.kind().equals("bridge")) {
        LOG.log(
            Level.WARNING,
            "{0} is a port of the bridge {1}: frames for the bridge''s own address are seen on {1};"
                + " name {1} in lan_interface",
            link.name(),
            bridge.name());
      }
    }
  }

  /** Hooks exactly these; on an error those that were hooked before stay as they were. */
  void attach(List<Link> links) {
    forgetDead();
    Map<Integer, TcHook> added = new HashMap<>();
    try {
      for (Link link : links) {
        if (!hooks.containsKey(link.ifindex())) {
          added.put(link.ifindex(), hook(link));
          warnOfBridge(link);
        }
      }
    } catch (KernelException e) {
      added.values().forEach(TcHook::close);
      throw e;
    }
    hooks.putAll(added);
    keepOnly(links);
  }

  /** Hooks these as far as the kernel lets it: what has come may have gone again. */
  void follow(List<Link> links) {
    forgetDead();
    for (Link link : links) {
      try {
        if (!hooks.containsKey(link.ifindex())) {
          hooks.put(link.ifindex(), hook(link));
          warnOfBridge(link);
        }
      } catch (KernelException e) {
        LOG.log(
            e.errno() == Errno.ENODEV ? Level.DEBUG : Level.WARNING,
            "{0} is not served: {1}",
            link.name(),
            e.getMessage());
      }
    }
    keepOnly(links);
  }

  /** Whether frames that arrive there are seen. */
  boolean isHooked(Link link) {
    return hooks.containsKey(link.ifindex());
  }

  /** An interface made again can have the number of the one that is gone. */
  private void forgetDead() {
    List<Integer> dead =
        hooks.entrySet().stream()
            .filter(entry -> !entry.getValue().isAlive())
            .map(Map.Entry::getKey)
            .toList();
    dead.forEach(this::unhook);
  }

  private void keepOnly(List<Link> links) {
    Set<Integer> wanted = links.stream().map(Link::ifindex).collect(Collectors.toSet());
    List<Integer> surplus =
        hooks.keySet().stream().filter(ifindex -> !wanted.contains(ifindex)).toList();
    surplus.forEach(this::unhook);
    settlePins();
  }

  private void unhook(int ifindex) {
    TcHook hook = hooks.remove(ifindex);
    if (hook != null) {
      pins.remove(pin(ifindex));
      hook.close();
    }
  }

  /** A pinned one goes on without a gap. */
  private TcHook hook(Link link) {
    int ifindex = link.ifindex();
    int program = programs.of(link);
    return TcHook.adopt(pins, pin(ifindex), program, ifindex)
        .orElseGet(
            () -> TcHook.attach(kind, netlink, program, FILTER, ifindex, TcHook.Direction.INGRESS));
  }

  /**
   * From now on hooks outlive the process, or no longer.
   *
   * @throws KernelException where they cannot
   */
  void keep(boolean wanted) {
    kept = wanted;
    settlePins();
  }

  /** Whether hooks are pinned that still are of an interface here. */
  static boolean arePinned(BpfPins pins) {
    return pins.names().stream()
        .filter(name -> name.startsWith(PIN))
        .anyMatch(
            name -> TcHook.isPinned(pins, name, Integer.parseInt(name.substring(PIN.length()))));
  }

  /**
   * Whether hooks are pinned, and none of them is of an interface any more: their network namespace
   * is gone, or at least nothing runs through them.
   */
  static boolean areDead(BpfPins pins) {
    return pins.names().stream().anyMatch(name -> name.startsWith(PIN)) && !arePinned(pins);
  }

  private static String pin(int ifindex) {
    return PIN + ifindex;
  }

  /** Exactly the hooks there are, if they are to be kept, are pinned. */
  private void settlePins() {
    List<String> pinned = pins.names();
    List<String> wanted = kept ? hooks.keySet().stream().map(LanHooks::pin).toList() : List.of();
    hooks.forEach((ifindex, hook) -> {
      if (kept && !pinned.contains(pin(ifindex))) {
        hook.pin(pins, pin(ifindex));
      }
    });
    pinned.stream()
        .filter(name -> name.startsWith(PIN) && !wanted.contains(name))
        .forEach(pins::remove);
  }

  /** Takes all hooks off, unless they are kept. */
  @Override
  public void close() {
    if (kept) {
      hooks.values().forEach(TcHook::close);
      hooks.clear();
    } else {
      attach(List.of());
    }
  }
}
