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
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The upstreams and upstream groups of a configuration, asked directly, through no proxy. */
public final class DirectUpstreams implements Upstreams, AutoCloseable {

  private final Clock clock;
  private final Transports transports;
  private final Forwarder bootstrap;
  private final Map<String, Forwarder> byName = new LinkedHashMap<>();

  /**
   * Asks nobody yet.
   *
   * @param bootstrapResolvers resolve the host names of upstreams; at least one
   * @param dialer stays the caller's, who closes it after this
   */
  public DirectUpstreams(
      DnsSettings settings,
      List<InetSocketAddress> bootstrapResolvers,
      Dialer dialer,
      Clock clock,
      Counters counters) {
    this.clock = clock;
    transports = new Transports(dialer, clock, counters);
    bootstrap = bootstrap(bootstrapResolvers);
    for (Upstream upstream : settings.upstreams()) {
      byName.put(upstream.name(), transports.of(upstream, bootstrap));
    }
    for (UpstreamGroup group : settings.upstreamGroups()) {
      List<Forwarder> members =
          group.upstreams().stream().map(byName::get).map(Objects::requireNonNull).toList();
      byName.put(group.name(), new MembersInTurn(group.name(), members, clock));
    }
  }

  /**
   * Makes the connections that the encrypted transports will need, so that no question waits for a
   * handshake. Does not block.
   */
  public void warmUp() {
    transports.warmUp();
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
    return transports.udp(Servers.literal(asked.toString(), asked)).forward(query, deadlineNanos);
  }

  private Forwarder bootstrap(List<InetSocketAddress> resolvers) {
    List<Forwarder> each = new ArrayList<>();
    for (InetSocketAddress resolver : resolvers) {
      Servers one = Servers.literal("bootstrap_resolver " + resolver, resolver);
      each.add(transports.udpThenTcp(one));
    }
    return new MembersInTurn("bootstrap_resolver", List.copyOf(each), clock);
  }

  /** Closes every way to every upstream; calls under way fail. */
  @Override
  public void close() {
    byName.values().forEach(Forwarder::close);
    bootstrap.close();
  }
}
