package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.dial.Dialer;
import dev.gander.observe.Counters;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Makes the forwarder of an upstream: a method for each scheme. */
final class Transports {

  private static final System.Logger LOG = System.getLogger("dev.gander.forward");

  private final Dialer dialer;
  private final Clock clock;
  private final Counters counters;

  Transports(Dialer dialer, Clock clock, Counters counters) {
    this.dialer = dialer;
    this.clock = clock;
    this.counters = counters;
  }

  /**
   * The way the upstream's URL names.
   *
   * @param bootstrap resolves its host name, if it has one
   */
  Forwarder of(Upstream upstream, Forwarder bootstrap) {
    return switch (upstream.scheme()) {
      case UDP -> udp(servers(upstream, bootstrap));
      case TCP -> tcp(servers(upstream, bootstrap));
      case TCP_UDP -> udpThenTcp(servers(upstream, bootstrap));
      case TLS -> notSpoken(upstream);
      case QUIC -> notSpoken(upstream);
      case HTTPS -> notSpoken(upstream);
      case H3 -> notSpoken(upstream);
    };
  }

  UdpForwarder udp(Servers servers) {
    return new UdpForwarder(servers, dialer.udp(), tcp(servers), clock, counters);
  }

  TcpForwarder tcp(Servers servers) {
    return new TcpForwarder(servers, dialer, clock, counters);
  }

  UdpThenTcp udpThenTcp(Servers servers) {
    return new UdpThenTcp(udp(servers), tcp(servers), clock);
  }

  private static Forwarder notSpoken(Upstream upstream) {
    NotSpoken notSpoken = NotSpoken.of(upstream);
    LOG.log(System.Logger.Level.WARNING, notSpoken.message());
    return notSpoken;
  }

  private Servers servers(Upstream upstream, Forwarder bootstrap) {
    String host = upstream.host();
    try {
      InetAddress address = InetAddress.ofLiteral(host);
      return Servers.literal(upstream.name(), new InetSocketAddress(address, upstream.port()));
    } catch (IllegalArgumentException e) {
      return new Servers(
          upstream.name(), new ResolvedName(host, upstream.port(), bootstrap, clock));
    }
  }
}
