package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.BpfPins;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.KernelFeatures;
import dev.gander.kernel.Link;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.NetworkNamespace;
import dev.gander.kernel.NetworkWatch;
import dev.gander.kernel.TcHook;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes DNS queries out of the kernel: on the LAN interfaces given to {@link #apply}, UDP to port
 * 53 goes to the sockets given to {@link #setListeners}, TCP to whatever listens on port 53 {@link
 * #inNamespace}, and what those answer goes back out of the interface the query came from.
 * docs/DATAPATH.md has the picture.
 *
 * <p>Works in the network namespace of the thread that opens it; one per namespace. If the process
 * dies in any way, queries pass as if gander were not there. Any thread; only {@link #apply} and
 * {@link #resume} must come from that namespace.
 */
public final class Interceptor implements AutoCloseable {

  /** Most sockets per family that {@link #open} takes. */
  public static final int LISTENERS_MAX = Shared.LISTENERS_MAX;

  /** Most answers the kernel keeps. */
  public static final int ANSWERS_MAX = Shared.ANSWERS_MAX;

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");

  /** What {@link #close} undoes, the last first. */
  private final Deque<AutoCloseable> undo = new ArrayDeque<>();

  private final String home = NetworkNamespace.current();
  private final Netlink netlink;
  private final Daens daens;
  private final ListenSockets listenSockets;
  private final ProgramCounters counters;
  private final Identities identities;
  private final KernelAnswers answers;
  private final KernelRouting routing;
  private final PairHooks pairHooks;
  private final LanHooks hooks;
  private final LocalPrograms local;
  private final BpfMap.View terms;
  private final BpfMap dohAddresses;
  private final LeakTable leaks;
  private final BpfPins pins;
  private @Nullable Follower follower;
  private volatile Runnable linksChange = () -> {};
  private List<String> lanInterfaces = List.of();
  private List<String> served = List.of();
  private boolean suspended;
  private boolean kept;
  private boolean closed;

  private Interceptor(int listenersPerFamily, KernelFeatures features, int kernelAnswers) {
    try {
      undoLater(Claim.lock());
      pins = Claim.pins();
      Claim.sweep();
      netlink = undoLater(Netlink.open());
      daens = undoLater(Daens.create(netlink, features.ipv6()));
      byte[] settings =
          Shared.settings(
              daens.nearIfindex(),
              listenersPerFamily,
              features.redirectPeer(),
              features.receiveMark(),
              daens.namespaceId());
      CompiledPrograms programs = new CompiledPrograms(features, settings);
      BpfObject object = undoLater(programs.lan(pins, kernelAnswers));
      listenSockets = new ListenSockets(object.map("listen_sockets"), listenersPerFamily);
      counters = new ProgramCounters(object.map("counters"));
      GroupPaths groups = undoLater(new GroupPaths());
      answers = undoLater(new KernelAnswers(object, kernelAnswers, groups));
      routing = undoLater(new KernelRouting(object));
      identities =
          undoLater(
              new Identities(object.map("identities").view(), object.map("handoffs"), groups));
      undoLater(
          LocalAddresses.follow(
              netlink, object.map("local_addresses"), object.map("local_filter")));
      TcHook.Kind kind = features.tcx() ? TcHook.Kind.TCX : TcHook.Kind.CLSACT;
      pairHooks = undoLater(new PairHooks(netlink, daens, object, kind));
      pairHooks.attach();
      LanPrograms lanPrograms = undoLater(new LanPrograms(object, () -> programs.lanL3(object)));
      hooks = undoLater(new LanHooks(netlink, lanPrograms, kind, pins));
      terms = undoLater(object.map(".data.terms").writableView());
      dohAddresses = object.map("doh_addresses");
      leaks = new LeakTable(object.map("leaks"), groups);
      local =
          undoLater(
              new LocalPrograms(
                  netlink, kind, object, terms, () -> programs.wan(object), this::follow));
      follower = new Follower("links", NetworkWatch.ofLinks(), this::follow);
      follower.start();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Makes the namespace and loads the programs; nothing is intercepted before {@link #apply}.
   *
   * @param listenersPerFamily how many sockets of each family will share the queries, 1 to {@link
   *     #LISTENERS_MAX}
   * @param features {@link KernelFeatures#probe()}; with a feature taken out, its substitute is
   *     used
   * @throws KernelException if the kernel refuses, with the remedy; if another gander intercepts
   *     here, EADDRINUSE and its pid
   */
  public static Interceptor open(int listenersPerFamily, KernelFeatures features) {
    return open(listenersPerFamily, features, 0);
  }

  /**
   * {@link #open(int, KernelFeatures)} with room for answers in the kernel.
   *
   * @param kernelAnswers {@link KernelAnswers#capacity}, at most {@link #ANSWERS_MAX}
   */
  public static Interceptor open(
      int listenersPerFamily, KernelFeatures features, int kernelAnswers) {
    Objects.checkIndex(listenersPerFamily - 1, LISTENERS_MAX);
    Objects.checkIndex(kernelAnswers, ANSWERS_MAX + 1);
    KernelFeatures.requireCapabilities();
    return new Interceptor(listenersPerFamily, features, kernelAnswers);
  }

  private <T extends AutoCloseable> T undoLater(T made) {
    undo.push(made);
    return made;
  }

  /**
   * The process that intercepts in this network namespace; empty if there is none, 0 if it cannot
   * be seen from here.
   */
  public static OptionalInt holder() {
    return Claim.holder();
  }

  /**
   * Whether {@link #apply(Collection, Collection)} would take these names here.
   *
   * @throws KernelException as that does
   */
  public static void check(Collection<String> interfaces, Collection<String> wanInterfaces) {
    try (Netlink here = Netlink.open()) {
      List<Link> all = here.links();
      LanLinks.required(interfaces, all);
      WanLinks.check(wanInterfaces, all);
    }
  }

  /** The interfaces of this namespace that names and patterns of {@link #apply} mean now. */
  public static List<Link> meant(Collection<String> interfaces, Collection<String> wanInterfaces) {
    try (Netlink here = Netlink.open()) {
      List<Link> all = here.links();
      List<Link> wan = WanLinks.present(wanInterfaces, all, here.defaultRouteInterfaces());
      return Stream.concat(LanLinks.present(interfaces, all).stream(), wan.stream())
          .distinct()
          .toList();
    }
  }

  /**
   * Ends what a dead process has left at work in this namespace, or in one that is gone; nothing
   * while another gander intercepts here.
   */
  public static void endLeftovers() {
    Claim.endLeftovers();
  }

  /**
   * Runs {@code task} in the namespace where the listeners' and the responders' sockets must be
   * made. It must not start a thread.
   */
  public <T> T inNamespace(Supplier<T> task) {
    return daens.namespace().call(task);
  }

  /**
   * Which sockets take the queries: bound UDP sockets made {@link #inNamespace}, with
   * IP_TRANSPARENT; on kernels before 6.6 without SO_REUSEPORT. They stay their owner's. A family
   * without sockets is not intercepted; closing a socket ends its part by itself.
   */
  public synchronized void setListeners(int[] ipv4, int[] ipv6) {
    listenSockets.set(ipv4, ipv6);
    answers.listening(ipv4.length > 0, ipv6.length > 0);
  }

  /**
   * Intercepts on exactly the interfaces of these names and patterns ({@code eth*}), and follows
   * them from then on: those that come, also with a name that was gone, are hooked. What is hooked
   * already is left alone. While suspended, they are checked and remembered.
   *
   * @throws KernelException ENODEV, naming every missing or unfit interface and those there are;
   *     nothing has changed then
   */
  public synchronized void apply(Collection<String> interfaces) {
    apply(interfaces, List.of());
  }

  /**
   * {@link #apply(Collection)}, and what this machine's own programs ask is taken where it leaves
   * by one of {@code wanInterfaces}: names, patterns, and {@code auto} for those that a default
   * route leads out of. They need not be there yet.
   */
  public synchronized void apply(Collection<String> interfaces, Collection<String> wanInterfaces) {
    List<Link> all = netlink.links();
    List<Link> links = LanLinks.required(interfaces, all);
    WanLinks.check(wanInterfaces, all);
    local.name(wanInterfaces);
    if (!suspended) {
      attach(links, all);
    }
    lanInterfaces = List.copyOf(interfaces);
  }

  /**
   * The kernel looks interface numbers up in the calling thread's namespace, so it must be ours.
   */
  private void attach(List<Link> links, List<Link> all) {
    if (!NetworkNamespace.current().equals(home)) {
      throw new IllegalStateException("called by a thread of another network namespace");
    }
    hooks.attach(links);
    local.follow(all);
    fit(links);
    served = links.stream().map(Link::name).toList();
  }

  private void fit(List<Link> links) {
    Stream.concat(links.stream(), local.links().stream())
        .mapToInt(Link::mtu)
        .min()
        .ifPresent(daens::fit);
  }

  /** The follower's: an interface has come, gone or changed. */
  private void follow() {
    linksChange.run();
    synchronized (this) {
      if (closed) {
        return;
      }
      List<Link> all = netlink.links();
      if (daens.mend(all)) {
        pairHooks.attach();
        LOG.log(Level.WARNING, "dae0 was removed; it has been made again");
      }
      if (!suspended) {
        List<Link> links = LanLinks.present(lanInterfaces, all);
        local.follow(all);
        fit(links);
        hooks.follow(links);
        List<String> now = links.stream().filter(hooks::isHooked).map(Link::name).toList();
        if (!now.equals(served)) {
          served = now;
          LOG.log(Level.INFO, "LAN interfaces now: {0}", String.join(", ", now));
        }
      }
    }
  }

  /** Runs {@code task} whenever interfaces have changed, before those that came are hooked. */
  public void whenLinksChange(Runnable task) {
    linksChange = task;
  }

  /** Names of the interfaces on which queries are intercepted now. */
  public synchronized List<String> interfaces() {
    return served;
  }

  /** Names of the interfaces on which queries of this machine's programs are taken now. */
  public synchronized List<String> wanInterfaces() {
    return local.interfaces();
  }

  /** What the programs hold to from now on; all of it is off before the first call. */
  public synchronized void setTerms(Terms now) {
    dohAddresses.keys().forEach(dohAddresses::delete);
    now.dohAddresses()
        .forEach(it -> dohAddresses.update(Shared.address(it.getAddress()), Shared.u32(1)));
    terms.setInt(0, Shared.TERMS_OWN_MARK, now.ownMark());
    terms.publishInt(0, Shared.TERMS_FLAGS, now.flags());
  }

  /** Who went around gander since {@link #open}, those with the most packets first. */
  public List<Leak> leaks() {
    return leaks.read();
  }

  /** Takes the hooks off the interfaces; everything else stays ready. */
  public synchronized void suspend() {
    suspended = true;
    hooks.attach(List.of());
    local.suspend();
    served = List.of();
  }

  /** Puts the hooks back, on those interfaces that are there. */
  public synchronized void resume() {
    List<Link> all = netlink.links();
    attach(LanLinks.present(lanInterfaces, all), all);
    suspended = false;
  }

  /**
   * What becomes of the hooks when this process ends, planned or not. Kept, the programs go on
   * without it: they answer what they have, fresh and then stale, for {@code keepFor} after the
   * last {@link KernelAnswers#heartbeat}, and let everything else pass; the next {@link #open} in
   * this namespace takes them over without a gap, with the answers if their layout is still its
   * own.
   *
   * @param keepFor empty: the hooks end with the process
   * @throws KernelException if they cannot outlive it, with the remedy; before Linux 6.6 for one
   */
  public synchronized void afterExit(Optional<Duration> keepFor) {
    answers.keepFor(keepFor.orElse(Duration.ZERO));
    answers.keep(pins, keepFor.isPresent());
    hooks.keep(keepFor.isPresent());
    kept = keepFor.isPresent();
  }

  /** Whether {@link #close} leaves the hooks where they are. */
  public synchronized boolean outlives() {
    return kept;
  }

  /** Who asked, by mark; valid until {@link #close}. */
  public Identities identities() {
    return identities;
  }

  /** What the kernel answers by itself; valid until {@link #close}. */
  public KernelAnswers answers() {
    return answers;
  }

  /** The traffic rules; valid until {@link #close}. */
  public KernelRouting routing() {
    return routing;
  }

  /** What the programs counted since {@link #open}, by name, in a fixed order. */
  public Map<String, Long> counters() {
    return counters.read();
  }

  /**
   * Takes everything out: hooks first, so that queries pass from then on (but see {@link
   * #afterExit}). Interfaces that are gone do not matter. The sockets made {@link #inNamespace}
   * must be closed by their owners; the namespace ends with the last of them.
   */
  @Override
  public final void close() {
    if (follower != null) {
      follower.close(); // may wait for the lock itself
      local.stopFollowing();
    }
    takeDown();
  }

  private synchronized void takeDown() {
    if (closed) {
      return;
    }
    closed = true;
    RuntimeException failure = null;
    while (!undo.isEmpty()) {
      try {
        undo.pop().close();
      } catch (Exception e) {
        if (failure == null) {
          failure = new IllegalStateException("the datapath could not be taken down wholly", e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
