package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.DnsSettings.UpstreamGroup;
import dev.gander.dial.Dialer;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The upstreams and upstream groups of a configuration, asked directly, through no proxy. */
public final class DirectUpstreams implements Upstreams {

  private static final System.Logger LOG = System.getLogger("dev.gander.forward");

  private final Dialer dialer;
  private final Clock clock;
  private final Counters counters;
  private final Forwarder bootstrap;
  private final Map<String, Forwarder> byName = new HashMap<>();

  /**
   * Asks nobody yet; warns of upstreams whose transport is not spoken.
   *
   * @param bootstrapResolvers resolve the host names of upstreams; at least one
   * @param dialer stays the caller's, who closes it after the last question
   */
  public DirectUpstreams(
      DnsSettings settings,
      List<InetSocketAddress> bootstrapResolvers,
      Dialer dialer,
      Clock clock,
      Counters counters) {
    this.dialer = dialer;
    this.clock = clock;
    this.counters = counters;
    this.bootstrap = bootstrap(List.copyOf(bootstrapResolvers));
    for (Upstream upstream : settings.upstreams()) {
      byName.put(upstream.name(), forwarder(upstream));
    }
    for (UpstreamGroup group : settings.upstreamGroups()) {
      byName.put(group.name(), new MembersInTurn(group.name(), members(group), clock));
    }
  }

  @Override
  public Answer ask(Query query, String upstream, long deadlineNanos)
      throws IOException, InterruptedException {
    Forwarder forwarder = byName.get(upstream);
    if (forwarder == null) {
      throw new UpstreamException(
          ExtendedError.OTHER, "the configuration has no upstream '" + upstream + "'");
    }
    return forwarder.forward(query, deadlineNanos);
  }

  @Override
  public Answer askAsIs(Query query, long deadlineNanos) throws IOException, InterruptedException {
    InetSocketAddress asked = query.client().asked();
    return udp(Servers.literal(asked.toString(), asked)).forward(query, deadlineNanos);
  }

  private Forwarder bootstrap(List<InetSocketAddress> resolvers) {
    List<Forwarder> each = new ArrayList<>();
    for (InetSocketAddress resolver : resolvers) {
      Servers one = Servers.literal("bootstrap_resolver " + resolver, resolver);
      each.add(new UdpThenTcp(udp(one), tcp(one), clock));
    }
    return new MembersInTurn("bootstrap_resolver", List.copyOf(each), clock);
  }

  private Forwarder forwarder(Upstream upstream) {
    return switch (upstream.scheme()) {
      case UDP -> udp(servers(upstream));
      case TCP -> tcp(servers(upstream));
      case TCP_UDP -> {
        Servers servers = servers(upstream);
        yield new UdpThenTcp(udp(servers), tcp(servers), clock);
      }
      case TLS, QUIC, HTTPS, H3 -> {
        NotSpoken notSpoken = NotSpoken.of(upstream);
        LOG.log(System.Logger.Level.WARNING, notSpoken.message());
        yield notSpoken;
      }
    };
  }

  private UdpForwarder udp(Servers servers) {
    return new UdpForwarder(servers, dialer.udp(), tcp(servers), clock, counters);
  }

  private TcpForwarder tcp(Servers servers) {
    return new TcpForwarder(servers, dialer, clock, counters);
  }

  private Servers servers(Upstream upstream) {
    String host = upstream.host();
    try {
      InetAddress address = InetAddress.ofLiteral(host);
      return Servers.literal(upstream.name(), new InetSocketAddress(address, upstream.port()));
    } catch (IllegalArgumentException e) {
      return new Servers(
          upstream.name(), new ResolvedName(host, upstream.port(), bootstrap, clock));
    }
  }

  private List<Forwarder> members(UpstreamGroup group) {
    List<Forwarder> members = new ArrayList<>();
    for (String name : group.upstreams()) {
      Forwarder member = byName.get(name);
      if (member != null) {
        members.add(member);
      }
    }
    return List.copyOf(members);
  }
}
