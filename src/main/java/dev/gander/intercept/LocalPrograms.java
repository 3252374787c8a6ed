package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.CgroupHook;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Link;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.NetworkNamespace;
import dev.gander.kernel.NetworkWatch;
import dev.gander.kernel.TcHook;
import dev.gander.kernel.UdpSocket;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The programs that take what this machine's own programs ask: loaded when a WAN interface is first
 * named, then at work on those there are. Threads: the caller's, one at a time.
 */
final class LocalPrograms implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");

  private final Netlink netlink;
  private final TcHook.Kind kind;
  private final BpfMap processes;
  private final BpfMap.View terms;
  private final Supplier<BpfObject> loader;
  private final Runnable routesChange;

  /** What {@link #close} undoes, the last first. */
  private final Deque<AutoCloseable> undo = new ArrayDeque<>();

  private @Nullable WanHooks hooks;
  private @Nullable Follower routes;
  private List<String> names = List.of();
  private List<Link> links = List.of();
  private List<String> served = List.of();

  /**
   * @param maps the object whose maps the programs share
   * @param loader loads them
   * @param routesChange what the follower of routes runs
   */
  LocalPrograms(
      Netlink netlink,
      TcHook.Kind kind,
      BpfObject maps,
      BpfMap.View terms,
      Supplier<BpfObject> loader,
      Runnable routesChange) {
    this.netlink = netlink;
    this.kind = kind;
    this.processes = maps.map("processes");
    this.terms = terms;
    this.loader = loader;
    this.routesChange = routesChange;
    if (kind == TcHook.Kind.CLSACT) {
      WanHooks.removeLeftovers(netlink);
    }
  }

  /** Which interfaces are meant from now on; they are hooked by {@link #follow}. */
  void name(Collection<String> wanted) {
    if (!wanted.isEmpty() && hooks == null) {
      open();
    }
    names = List.copyOf(wanted);
    if (wanted.contains(WanLinks.AUTO) && routes == null) {
      routes = new Follower("routes", NetworkWatch.ofRoutes(), routesChange);
      routes.start();
    }
  }

  /** Sockets are known by their makers before the first packet is looked at. */
  private void open() {
    try {
      BpfObject programs = loader.get();
      undo.push(programs);
      terms.setLong(0, Shared.TERMS_NAMESPACE, NetworkNamespace.cookie());
      for (CgroupHook.Event event : CgroupHook.Event.values()) {
        String program = event.name().toLowerCase(Locale.ROOT);
        undo.push(CgroupHook.attach(programs.program(program), event));
      }
      terms.setInt(0, Shared.TERMS_OWN_PID, ownPid());
      WanHooks made = new WanHooks(netlink, programs, kind);
      undo.push(made);
      hooks = made;
    } catch (RuntimeException e) {
      closePrograms();
      throw e;
    }
  }

  /** As the programs count, whatever PID namespace this is: by a socket they have seen. */
  private int ownPid() {
    try (UdpSocket socket = UdpSocket.open(IpFamily.IPV4, Set.of())) {
      byte[] process = processes.lookup(Shared.u32(socket.fd()));
      if (process == null) {
        throw new KernelException(
            "sockets of this process are not seen in the control group that is mounted here; is"
                + " gander in a container with a part of the hierarchy?",
            0);
      }
      return ByteBuffer.wrap(process).order(ByteOrder.nativeOrder()).getInt(Shared.PROCESS_PID);
    }
  }

  /** Hooks what the names mean now, of {@code all} interfaces there are. */
  void follow(List<Link> all) {
    WanHooks made = hooks;
    if (made == null) {
      return;
    }
    links =
        WanLinks.present(
            names,
            all,
            names.contains(WanLinks.AUTO) ? netlink.defaultRouteInterfaces() : Set.of());
    made.follow(links);
    List<String> now = links.stream().filter(made::isHooked).map(Link::name).toList();
    if (!now.equals(served)) {
      served = now;
      LOG.log(
          Level.INFO, "WAN interfaces now: {0}", now.isEmpty() ? "none" : String.join(", ", now));
    }
  }

  /** Takes the hooks off until {@link #follow}. */
  void suspend() {
    if (hooks != null) {
      hooks.follow(List.of());
    }
    links = List.of();
    served = List.of();
  }

  /** Those that {@link #follow} found. */
  List<Link> links() {
    return links;
  }

  /** Names of the interfaces where programs' queries are taken now. */
  List<String> interfaces() {
    return served;
  }

  /** Ends the thread that follows routes; not under a lock that its task takes. */
  void stopFollowing() {
    if (routes != null) {
      routes.close();
      routes = null;
    }
  }

  private void closePrograms() {
    hooks = null;
    while (!undo.isEmpty()) {
      try {
        undo.pop().close();
      } catch (Exception e) {
        LOG.log(Level.WARNING, "the WAN side could not be taken down wholly", e);
      }
    }
  }

  @Override
  public void close() {
    closePrograms();
  }
}
