package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Bind;
import dev.gander.controller.QueryController;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.listen.TcpListener;
import dev.gander.listen.UdpListener;
import dev.gander.observe.Counters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The sockets of {@code dns.bind}. They outlive configurations: one that the next configuration
 * names too stays as it is, with what waits in its queue.
 */
final class BindListeners implements AutoCloseable {

  /** What the configuration names; its port may be 0. */
  private record Endpoint(String protocol, String host, int port) {}

  /** A listener of either protocol. */
  private record Open(InetSocketAddress address, Runnable start, AutoCloseable listener) {}

  private final Supplier<QueryController> controllers;
  private final Counters counters;
  private final Clock clock;
  private volatile Map<Endpoint, Open> open = Map.of();

  BindListeners(Supplier<QueryController> controllers, Counters counters, Clock clock) {
    this.controllers = controllers;
    this.counters = counters;
    this.clock = clock;
  }

  /** {@code udp 127.0.0.1:5300}, as they are bound. */
  List<String> endpoints() {
    return open.entrySet().stream()
        .map(it -> it.getKey().protocol() + " " + Endpoints.text(it.getValue().address()))
        .toList();
  }

  /**
   * Binds what is wanted and not there yet. Nothing is read from it, and nothing else changes,
   * before {@link Plan#commit}.
   *
   * @throws StartException naming the first endpoint that cannot be had, and who holds it; what was
   *     bound is closed again
   */
  Plan prepare(List<Bind> wanted) throws StartException {
    Map<Endpoint, Open> next = new LinkedHashMap<>();
    Plan plan = new Plan(next);
    try {
      for (Bind bind : wanted) {
        if (bind.udp()) {
          plan.add(new Endpoint("udp", bind.host(), bind.port()));
        }
        if (bind.tcp()) {
          plan.add(new Endpoint("tcp", bind.host(), bind.port()));
        }
      }
      return plan;
    } catch (StartException | RuntimeException e) {
      plan.close();
      throw e;
    }
  }

  private Open bind(Endpoint endpoint) throws StartException {
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.ofLiteral(endpoint.host()), endpoint.port());
    try {
      if (endpoint.protocol().equals("udp")) {
        UdpListener listener = UdpListener.bind(address, controllers, counters, clock);
        return new Open(listener.address(), listener::start, listener);
      }
      TcpListener listener =
          TcpListener.bind(address, TcpListener.Limits.DEFAULT, controllers, counters, clock);
      return new Open(listener.address(), listener::start, listener);
    } catch (KernelException e) {
      throw new StartException(
          "cannot listen on "
              + endpoint.protocol()
              + " "
              + Endpoints.text(address)
              + ": "
              + e.getMessage()
              + remedy(e, endpoint.protocol(), address),
          e);
    }
  }

  private static String remedy(KernelException e, String protocol, InetSocketAddress address) {
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

    private final Map<Endpoint, Open> next;
    private final List<Open> fresh = new ArrayList<>();

    private Plan(Map<Endpoint, Open> next) {
      this.next = next;
    }

    private void add(Endpoint endpoint) throws StartException {
      Open there = open.get(endpoint);
      if (there == null && !next.containsKey(endpoint)) {
        there = bind(endpoint);
        fresh.add(there);
      }
      if (there != null) {
        next.put(endpoint, there);
      }
    }

    /** Begins to serve the new endpoints, and closes those that are gone. */
    void commit() {
      fresh.forEach(listener -> listener.start().run());
      fresh.clear();
      Map<Endpoint, Open> before = open;
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
