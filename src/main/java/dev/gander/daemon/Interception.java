package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.GlobalSettings;
import dev.gander.config.Settings;
import dev.gander.controller.QueryController;
import dev.gander.intercept.Identities;
import dev.gander.intercept.Interceptor;
import dev.gander.intercept.Leak;
import dev.gander.intercept.Terms;
import dev.gander.kernel.Errno;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.KernelFeatures;
import dev.gander.listen.IdentitySource;
import dev.gander.listen.TcpListener;
import dev.gander.listen.UdpListener;
import dev.gander.message.Client;
import dev.gander.observe.Counters;
import dev.gander.publish.Publisher;
import dev.gander.respond.Responder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Programs in the kernel on LAN and WAN interfaces, the sockets they hand queries to, and the
 * sockets that answer. Made when a configuration first names an interface; outlives configurations.
 */
final class Interception implements AutoCloseable {

  /** The port clients ask. */
  private static final int DNS_PORT = 53;

  /** Readers per family: the other half of the cores is for misses and for the rest. */
  private static final int READERS =
      Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4);

  private final Supplier<QueryController> controllers;
  private final Counters counters;
  private final Clock clock;
  private final Publisher publisher;
  private @Nullable Datapath datapath;

  Interception(
      Supplier<QueryController> controllers, Counters counters, Clock clock, Publisher publisher) {
    this.publisher = publisher;
    this.controllers = controllers;
    this.counters = counters;
    this.clock = clock;
  }

  /** What there is while anything may be intercepted. */
  private record Datapath(
      Interceptor interceptor, Responder responder, TcpListener tcp, Sockets sockets) {}

  /** The listeners of one port, and their descriptors by family. */
  private record Sockets(
      int port, List<UdpListener> listeners, List<Integer> ipv4, List<Integer> ipv6)
      implements AutoCloseable {

    /** Queries go here from now on. */
    void takeOver(Interceptor interceptor) {
      interceptor.setListeners(array(ipv4), array(ipv6));
    }

    private static int[] array(List<Integer> descriptors) {
      return descriptors.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public void close() {
      listeners.forEach(UdpListener::close);
    }
  }

  /**
   * Intercepts on the interfaces that {@code settings} name, and on no others.
   *
   * @throws StartException if the kernel refuses, saying what it lacks; nothing has changed then
   */
  synchronized void apply(Settings settings) throws StartException {
    GlobalSettings global = settings.global();
    boolean wanted = !global.lanInterfaces().isEmpty() || !global.wanInterfaces().isEmpty();
    try {
      if (datapath == null && wanted) {
        datapath = open(global, settings.dns().kernelAnswers());
        publisher.open(datapath.interceptor().answers());
      } else if (datapath != null) {
        datapath = change(datapath, global);
      }
      if (datapath == null) {
        Interceptor.endLeftovers();
      } else {
        datapath.interceptor().answers().heartbeat(clock.nanoTime());
        datapath.interceptor().afterExit(keepFor(global));
      }
    } catch (KernelException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Optional<Duration> keepFor(GlobalSettings settings) {
    return settings.onExit() == GlobalSettings.OnExit.KEEP
        ? Optional.of(settings.keepFor())
        : Optional.empty();
  }

  private static Terms terms(GlobalSettings global) {
    return new Terms(
        global.soMark(),
        global.hijackLocalDns(),
        switch (global.dnsLeak()) {
          case OFF -> Terms.Leaks.OFF;
          case COUNT -> Terms.Leaks.COUNT;
          case BLOCK -> Terms.Leaks.BLOCK;
        },
        global.dnsLeakDoh());
  }

  private Datapath open(GlobalSettings global, int kernelAnswers) {
    KernelFeatures features = KernelFeatures.probe();
    Deque<AutoCloseable> made = new ArrayDeque<>();
    try {
      Interceptor interceptor = Interceptor.open(READERS, features, kernelAnswers);
      made.push(interceptor);
      Responder responder = interceptor.inNamespace(() -> Responder.transparent(DNS_PORT));
      made.push(responder);
      TcpListener tcp = listenTcp(interceptor, features.ipv6());
      made.push(tcp);
      Sockets sockets = listen(interceptor, responder, global.tproxyPort());
      made.push(sockets);
      publisher.traffic().open(interceptor.routing(), kernelAnswers > 0);
      interceptor.whenLinksChange(publisher::linksChanged);
      interceptor.setTerms(terms(global));
      interceptor.apply(global.lanInterfaces(), global.wanInterfaces());
      publisher.meet(interceptor.answers());
      return new Datapath(interceptor, responder, tcp, sockets);
    } catch (RuntimeException e) {
      publisher.traffic().close();
      closeAll(made, e);
      throw e;
    }
  }

  private static void closeAll(Deque<AutoCloseable> made, RuntimeException cause) {
    while (!made.isEmpty()) {
      try {
        made.pop().close();
      } catch (Exception e) {
        cause.addSuppressed(e);
      }
    }
  }

  /** One for both families: an IPv6 socket of the JDK takes IPv4 too. */
  private TcpListener listenTcp(Interceptor interceptor, boolean ipv6) {
    InetSocketAddress any =
        new InetSocketAddress(InetAddress.ofLiteral(ipv6 ? "::" : "0.0.0.0"), DNS_PORT);
    IdentitySource identities = new MarkedClients(interceptor.identities());
    TcpListener listener =
        interceptor.inNamespace(
            () -> TcpListener.intercepted(any, identities, controllers, counters, clock));
    listener.start();
    return listener;
  }

  /** New sockets take over before the old ones close: at no moment does a query find nobody. */
  private Datapath change(Datapath now, GlobalSettings global) {
    int port = global.tproxyPort();
    Sockets before = now.sockets();
    boolean moves = port != before.port();
    Sockets after = moves ? listen(now.interceptor(), now.responder(), port) : before;
    try {
      now.interceptor().apply(global.lanInterfaces(), global.wanInterfaces());
      now.interceptor().resume();
      now.interceptor().setTerms(terms(global));
    } catch (RuntimeException e) {
      if (moves) {
        before.takeOver(now.interceptor());
        after.close();
      }
      throw e;
    }
    if (moves) {
      before.close();
    }
    return new Datapath(now.interceptor(), now.responder(), now.tcp(), after);
  }

  /** Opens sockets, starts their readers, and lets the programs know them. */
  private Sockets listen(Interceptor interceptor, Responder responder, int port) {
    Sockets sockets = new Sockets(port, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    try {
      for (int i = 0; i < READERS; i++) {
        // The programs know a socket by its descriptor: the first one's port is for people to see.
        int bound = i == 0 ? port : 0;
        listen(IpFamily.IPV4, interceptor, responder, bound, sockets, sockets.ipv4());
        listen(IpFamily.IPV6, interceptor, responder, bound, sockets, sockets.ipv6());
      }
      sockets.listeners().forEach(UdpListener::start);
      sockets.takeOver(interceptor);
      return sockets;
    } catch (RuntimeException e) {
      sockets.close();
      throw e;
    }
  }

  private void listen(
      IpFamily family,
      Interceptor interceptor,
      Responder responder,
      int port,
      Sockets sockets,
      List<Integer> descriptors) {
    IdentitySource identities = new MarkedClients(interceptor.identities());
    try {
      UdpListener listener =
          interceptor.inNamespace(() ->
              UdpListener.intercepted(
                  family, port, responder, identities, controllers, counters, clock));
      sockets.listeners().add(listener);
      descriptors.add(listener.fd());
    } catch (KernelException e) {
      if (e.errno() != Errno.EAFNOSUPPORT) { // a machine without the family intercepts none of it
        throw e;
      }
    }
  }

  /** Takes the programs off the LAN interfaces, until the next {@link #apply}. */
  synchronized void suspend() {
    if (datapath != null) {
      datapath.interceptor().suspend();
      publisher.suspend();
    }
  }

  /** Names of the interfaces where queries are intercepted now. */
  synchronized List<String> interfaces() {
    return datapath == null ? List.of() : datapath.interceptor().interfaces();
  }

  /** Names of the interfaces where queries of this machine's programs are taken now. */
  synchronized List<String> wanInterfaces() {
    return datapath == null ? List.of() : datapath.interceptor().wanInterfaces();
  }

  /** Who went around gander. */
  synchronized List<Leak> leaks() {
    return datapath == null ? List.of() : datapath.interceptor().leaks();
  }

  /** Counts the queries that were handed over and never read. */
  synchronized void countDropped() {
    if (datapath != null) {
      datapath.sockets().listeners().forEach(UdpListener::countDropped);
    }
  }

  /** What the programs have counted; empty while nothing was ever intercepted. */
  synchronized Map<String, Long> counters() {
    return datapath == null ? Map.of() : datapath.interceptor().counters();
  }

  /** Takes no more queries; those under way are still answered. */
  synchronized void stopListening() {
    if (datapath == null || !datapath.interceptor().outlives()) {
      suspend();
    }
    if (datapath != null) {
      datapath.sockets().close();
      datapath.tcp().close();
    }
  }

  /** Queries whose reply has not been sent yet, and connections; they need the road until it is. */
  synchronized int underWay() {
    return datapath == null
        ? 0
        : datapath.tcp().connections()
            + datapath.sockets().listeners().stream().mapToInt(UdpListener::underWay).sum();
  }

  /** Takes everything out of the kernel, but for what {@code on_exit: keep} leaves there. */
  @Override
  public synchronized void close() {
    stopListening();
    if (datapath != null) {
      publisher.close();
      publisher.traffic().close();
      datapath.responder().close();
      datapath.interceptor().close();
      datapath = null;
    }
  }

  /** Fills in from the datapath's memory what the mark of a query's packet stands for. */
  private record MarkedClients(Identities identities) implements IdentitySource {
    @Override
    public void identify(int receivedMark, Client client) {
      int mark =
          identities.replyMark(
              receivedMark, client.sourceHigh(), client.sourceLow(), client.sourcePort());
      client.setMark(mark);
      client.setLocal(identities.isLocal(mark));
      client.setDscp(identities.dscp(mark));
      client.setMac(identities.mac(mark));
      client.setIfindex(identities.ifindex(mark));
      client.setVlan(identities.vlan(mark));
      client.setProcess(identities.pid(mark), identities.processName(mark));
      long group = identities.cgroupId(mark);
      client.setOwner(identities.uid(mark), group, identities.cgroup(group));
    }
  }
}
