package dev.gander.intercept;

import dev.gander.kernel.BpfPins;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Link;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.TcHook;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** lan_ingress on the LAN interfaces. Threads: the caller's, one at a time. */
final class LanHooks implements AutoCloseable {

  /** The filter's name where there is no TCX; a leftover is known by it. */
  private static final String FILTER = "gander_lan_ingress";

  private static final String PIN = "lan_ingress-";

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");

  private final Netlink netlink;
  private final int program;
  private final TcHook.Kind kind;
  private final BpfPins pins;
  private final Map<Integer, TcHook> hooks = new HashMap<>();
  private boolean kept;

  /**
   * Hooks that {@code pins} holds go on with their own program until {@link #attach} takes them
   * over.
   */
  LanHooks(Netlink netlink, int program, TcHook.Kind kind, BpfPins pins) {
    this.pins = pins;
    this.netlink = netlink;
    this.program = program;
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

  /**
   * The interfaces of these names.
   *
   * @throws KernelException naming all that are missing or unfit, and those there are
   */
  List<Link> resolve(Collection<String> names) {
    Map<String, Link> present = new LinkedHashMap<>();
    for (Link link : netlink.links()) {
      present.put(link.name(), link);
    }
    List<Link> links = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    for (String name : names) {
      Link link = present.get(name);
      if (link == null) {
        faults.add("there is no interface " + name);
      } else if (link.isLoopback()) {
        faults.add(name + " is the loopback interface, no LAN is behind it");
      } else if (!link.isEthernet()) {
        faults.add(
            "%s has no Ethernet frames (ARPHRD %d); only Ethernet interfaces, bridges and VLANs can be LAN interfaces"
                .formatted(name, link.arpType()));
      } else {
        links.add(link);
        warnOfBridge(link, present.values());
      }
    }
    if (!faults.isEmpty()) {
      String existing =
          present.values().stream()
              .filter(link -> link.isEthernet() && !link.name().equals("dae0"))
              .map(Link::name)
              .collect(Collectors.joining(", "));
      throw new KernelException(
          "lan_interface: "
              + String.join("; ", faults)
              + "; this machine has: "
              + (existing.isEmpty() ? "none" : existing),
          Errno.ENODEV);
    }
    return links;
  }

  private static void warnOfBridge(Link link, Collection<Link> all) {
    for (Link bridge : all) {
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
    Map<Integer, Link> wanted =
        links.stream()
            .collect(Collectors.toMap(Link::ifindex, Function.identity(), (one, same) -> one));
    Map<Integer, TcHook> added = new HashMap<>();
    try {
      for (int ifindex : wanted.keySet()) {
        if (!hooks.containsKey(ifindex)) {
          added.put(ifindex, hook(ifindex));
        }
      }
    } catch (KernelException e) {
      added.values().forEach(TcHook::close);
      throw e;
    }
    hooks.putAll(added);
    List<Integer> surplus =
        hooks.keySet().stream().filter(ifindex -> !wanted.containsKey(ifindex)).toList();
    for (int ifindex : surplus) {
      TcHook hook = hooks.remove(ifindex);
      if (hook != null) {
        hook.close();
      }
    }
    settlePins();
  }

  /** A pinned one goes on without a gap. */
  private TcHook hook(int ifindex) {
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
