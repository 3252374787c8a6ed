package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.dial.Dialer;
import dev.gander.observe.Counters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** Makes the forwarder of an upstream: a method for each scheme. */
final class Transports implements AutoCloseable {

  private final Dialer dialer;
  private final boolean mixCase;
  private final Executor threads;
  private final Clock clock;
  private final Counters counters;
  private final List<EncryptedForwarder> encrypted = new ArrayList<>();
  private final PipelinedServers tcp;

  /**
   * @param mixCase the key {@code 0x20}
   */
  Transports(Dialer dialer, boolean mixCase, Executor threads, Clock clock, Counters counters) {
    this.dialer = dialer;
    this.mixCase = mixCase;
    this.threads = threads;
    this.clock = clock;
    this.counters = counters;
    tcp = new PipelinedServers(dialer::connect, dialer::messageId, threads, clock);
  }

  /** Ends the connections that upstreams share. */
  @Override
  public void close() {
    tcp.close();
  }

  /**
   * The way the upstream's URL names.
   *
   * @param bootstrap resolves its host name, if it has one
   */
  Forwarder of(Upstream upstream, Forwarder bootstrap) {
    return switch (upstream.scheme()) {
      case UDP, TCP_UDP -> udp(servers(upstream, bootstrap));
      case TCP -> tcp(servers(upstream, bootstrap));
      case TLS, QUIC, HTTPS, H3 -> encrypted(upstream, servers(upstream, bootstrap));
    };
  }

  UdpForwarder udp(Servers servers) {
    return new UdpForwarder(servers, dialer.udp(), tcp(servers), mixCase, clock, counters);
  }

  TcpForwarder tcp(Servers servers) {
    return new TcpForwarder(servers, tcp, clock, counters);
  }

  private EncryptedForwarder encrypted(Upstream upstream, Servers servers) {
    EncryptedForwarder made = new EncryptedForwarder(upstream, servers, dialer, clock, counters);
    encrypted.add(made);
    return made;
  }

  /** Has connections made before they are needed. Does not block. */
  void warmUp() {
    encrypted.forEach(EncryptedForwarder::warmUp);
  }

  private Servers servers(Upstream upstream, Forwarder bootstrap) {
    String name = upstream.name();
    String host = upstream.host();
    List<String> given = upstream.options().getOrDefault("ip", List.of());
    if (!given.isEmpty()) {
      return Servers.literal(name, given.stream().map(it -> at(it, upstream)).toList());
    }
    try {
      return Servers.literal(name, List.of(at(host, upstream)));
    } catch (IllegalArgumentException e) {
      return new Servers(name, new ResolvedName(host, upstream.port(), bootstrap, threads, clock));
    }
  }

  private static InetSocketAddress at(String address, Upstream upstream) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), upstream.port());
  }
}
