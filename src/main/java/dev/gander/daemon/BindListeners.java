package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Bind;
import dev.gander.config.Endpoint;
import dev.gander.controller.QueryController;
import dev.gander.front.DoorLoops;
import dev.gander.front.FrontDoor;
import dev.gander.front.Terms;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.listen.Limits;
import dev.gander.listen.TcpListener;
import dev.gander.listen.UdpListener;
import dev.gander.message.Transport;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.tls.PairFiles;
import dev.gander.tls.ServerTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The sockets of {@code dns.bind}. They outlive configurations: one that the next configuration
 * names too stays as it is, with what waits in its queue.
 */
final class BindListeners implements AutoCloseable {

  /** What the configuration names; its port may be 0. */
  private record Place(Transport transport, String host, int port) {

    String protocol() {
      return transport.name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A listener of any protocol.
   *
   * @param adopt takes over what may change while it stays
   * @param countDropped counts the queries that came and were never read
   */
  private record Open(
      InetSocketAddress address,
      Runnable start,
      Consumer<Terms> adopt,
      Runnable countDropped,
      AutoCloseable listener) {}

  private static void dropsNone() {}

  private final Supplier<QueryController> controllers;
  private final Counters counters;
  private final Clock clock;
  private final DoorLoops loops = new DoorLoops();
  private volatile Map<Place, Open> open = Map.of();

  BindListeners(Supplier<QueryController> controllers, Counters counters, Clock clock) {
    this.controllers = controllers;
    this.counters = counters;
    this.clock = clock;
  }

  /** {@code udp 127.0.0.1:5300}, as they are bound. */
  List<String> endpoints() {
    return open.entrySet().stream()
        .map(it -> it.getKey().protocol() + " " + Endpoint.text(it.getValue().address()))
        .toList();
  }

  /** Counts the queries that came and were never read. */
  void countDropped() {
    open.values().forEach(it -> it.countDropped().run());
  }

  /**
   * Binds what is wanted and not there yet. Nothing is read from it, and nothing else changes,
   * before {@link Plan#commit}.
   *
   * @throws StartException naming the first endpoint that cannot be had, and who holds it; what was
   *     bound is closed again
   */
  Plan prepare(List<Bind> wanted) throws StartException {
    Map<Place, Open> next = new LinkedHashMap<>();
    Map<List<Path>, PairFiles> pairs = new HashMap<>();
    Plan plan = new Plan(next);
    try {
      for (Bind bind : wanted) {
        Terms terms = terms(bind, pairs);
        for (Transport transport : transports(bind)) {
          plan.add(new Place(transport, bind.host(), bind.port()), terms);
        }
      }
      return plan;
    } catch (StartException | RuntimeException e) {
      plan.close();
      throw e;
    }
  }

  private static List<Transport> transports(Bind bind) {
    return switch (bind.protocol()) {
      case UDP -> List.of(Transport.UDP);
      case TCP -> List.of(Transport.TCP);
      case TCP_UDP -> List.of(Transport.UDP, Transport.TCP);
      case TLS -> List.of(Transport.TLS);
      case HTTPS -> List.of(Transport.HTTPS);
      case H3 -> List.of(Transport.H3);
      case QUIC -> List.of(Transport.QUIC);
    };
  }

  /**
   * @param pairs by their files, which several entries may show
   */
  private Terms terms(Bind bind, Map<List<Path>, PairFiles> pairs) throws StartException {
    Optional<ServerTls> tls = Optional.empty();
    if (bind.identity().isPresent()) {
      Bind.Identity identity = bind.identity().get();
      PairFiles files =
          pairs.computeIfAbsent(
              List.of(identity.certificate(), identity.key()),
              _ -> new PairFiles(identity, clock, this::reloaded));
      try {
        tls = Optional.of(new ServerTls(files, bind.protocol().overQuic(), bind.protocol().alpn()));
      } catch (IOException e) {
        throw new StartException(bind.place() + ": " + e.getMessage(), e);
      }
    }
    return new Terms(tls, bind.path(), bind.proxies());
  }

  private void reloaded(boolean success) {
    counters.add(success ? Counter.CERTIFICATES_RELOADED : Counter.CERTIFICATES_NOT_RELOADED);
  }

  private Open bind(Place endpoint, Terms terms) throws StartException {
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.ofLiteral(endpoint.host()), endpoint.port());
    try {
      return open(endpoint.transport(), address, terms);
    } catch (KernelException e) {
      throw new StartException(
          "cannot listen on "
              + endpoint.protocol()
              + " "
              + Endpoint.text(address)
              + ": "
              + e.getMessage()
              + remedy(e, endpoint.transport(), address),
          e);
    }
  }

  private Open open(Transport transport, InetSocketAddress address, Terms terms) {
    if (transport == Transport.UDP) {
      UdpListener listener = UdpListener.bind(address, controllers, counters, clock);
      return new Open(
          listener.address(), listener::start, same -> {}, listener::countDropped, listener);
    }
    if (transport == Transport.TCP && terms.proxies().isEmpty()) {
      TcpListener listener =
          TcpListener.bind(address, Limits.DEFAULT, controllers, counters, clock);
      return new Open(
          listener.address(), listener::start, same -> {}, BindListeners::dropsNone, listener);
    }
    FrontDoor door =
        FrontDoor.bind(
            transport, address, terms, FrontDoor.LIMITS, loops, controllers, counters, clock);
    return new Open(door.address(), door::start, door::adopt, BindListeners::dropsNone, door);
  }

  private static String remedy(KernelException e, Transport transport, InetSocketAddress address) {
    boolean datagrams =
        transport == Transport.UDP || transport == Transport.H3 || transport == Transport.QUIC;
    String protocol = datagrams ? "udp" : "tcp";
    return switch (e.errno()) {
      case Errno.EADDRINUSE ->
          PortHolder.of(protocol, address).map(holder -> "; " + holder + " has it").orElse("")
              + "; end that, or choose another address or port in dns.bind";
      case Errno.EADDRNOTAVAIL -> "; no interface has this address";
      case Errno.EACCES -> "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
      default -> "";
    };
  }

  private static void close(Open listener) {
    try {
      listener.listener().close();
    } catch (Exception e) {
      System.getLogger("dev.gander.daemon")
          .log(System.Logger.Level.WARNING, "closing " + listener.address(), e);
    }
  }

  @Override
  public void close() {
    open.values().forEach(BindListeners::close);
    open = Map.of();
  }

  /** The step from the endpoints of now to those wanted. */
  final class Plan implements AutoCloseable {

    private final Map<Place, Open> next;
    private final List<Open> fresh = new ArrayList<>();
    private final List<Runnable> changes = new ArrayList<>();

    private Plan(Map<Place, Open> next) {
      this.next = next;
    }

    private void add(Place endpoint, Terms terms) throws StartException {
      Open there = open.get(endpoint);
      if (there != null) {
        Open staying = there;
        changes.add(() -> staying.adopt().accept(terms));
      } else if (!next.containsKey(endpoint)) {
        there = bind(endpoint, terms);
        fresh.add(there);
      }
      if (there != null) {
        next.put(endpoint, there);
      }
    }

    /** Begins to serve the new endpoints, and closes those that are gone. */
    void commit() {
      changes.forEach(Runnable::run);
      changes.clear();
      fresh.forEach(listener -> listener.start().run());
      fresh.clear();
      Map<Place, Open> before = open;
      open = next;
      before.forEach((endpoint, listener) -> {
        if (!next.containsKey(endpoint)) {
          BindListeners.close(listener);
        }
      });
    }

    /** Undoes what was not committed. */
    @Override
    public void close() {
      fresh.forEach(BindListeners::close);
      fresh.clear();
    }
  }
}
