package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.dial.Dialer;
import dev.gander.dial.Stream;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executor;

/** Makes the forwarders of upstreams over one way out: a method for each scheme. */
final class Transports implements AutoCloseable {

  private final Dialer dialer;
  private final boolean datagrams;
  private final boolean mixCase;
  private final Clock clock;
  private final Counters counters;
  private final PipelinedServers tcp;

  /**
   * @param datagrams whether the way carries UDP; if not, what would go by UDP goes by TCP
   * @param mixCase the key {@code 0x20}
   */
  Transports(
      Dialer dialer,
      boolean datagrams,
      boolean mixCase,
      Executor threads,
      Clock clock,
      Counters counters) {
    this.dialer = dialer;
    this.datagrams = datagrams;
    this.mixCase = mixCase;
    this.clock = clock;
    this.counters = counters;
    tcp = new PipelinedServers(this::connect, dialer::messageId, threads, clock);
  }

  private Stream connect(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    counters.add(Counter.UPSTREAM_CONNECTIONS);
    return dialer.connect(server, deadlineNanos);
  }

  /** Ends the connections that upstreams share. */
  @Override
  public void close() {
    tcp.close();
  }

  /** Asks {@code servers} as the upstream's URL says. */
  Forwarder over(Upstream upstream, Servers servers) {
    return switch (upstream.scheme()) {
      case UDP, TCP_UDP -> udp(servers);
      case TCP -> tcp(servers);
      case TLS, QUIC, HTTPS, H3 ->
          new EncryptedForwarder(upstream, servers, dialer, clock, counters);
    };
  }

  /** By UDP where the way carries it. */
  Forwarder udp(Servers servers) {
    TcpForwarder byTcp = tcp(servers);
    return datagrams
        ? new UdpForwarder(servers, dialer.udp(), byTcp, mixCase, clock, counters)
        : byTcp;
  }

  private TcpForwarder tcp(Servers servers) {
    return new TcpForwarder(servers, tcp, clock, counters);
  }

  /**
   * The upstream's addresses.
   *
   * @param bootstrap resolve its host name, if it has one
   */
  static Servers servers(Upstream upstream, BootstrapResolvers bootstrap) {
    String name = upstream.name();
    String host = upstream.host();
    List<String> given = upstream.options().getOrDefault("ip", List.of());
    if (!given.isEmpty()) {
      return Servers.literal(name, given.stream().map(it -> at(it, upstream)).toList());
    }
    try {
      return Servers.literal(name, List.of(at(host, upstream)));
    } catch (IllegalArgumentException e) {
      return new Servers(name, bootstrap.source(host, upstream.port()));
    }
  }

  private static InetSocketAddress at(String address, Upstream upstream) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), upstream.port());
  }
}
