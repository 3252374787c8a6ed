package dev.gander.path;

import dev.gander.config.Place;
import dev.gander.config.RoutingSettings;
import dev.gander.config.Rule;
import dev.gander.forward.Exits;
import dev.gander.forward.Outbound;
import dev.gander.group.Groups;
import dev.gander.message.Client;
import dev.gander.message.Name;
import dev.gander.route.TrafficFlow;
import dev.gander.route.TrafficRoute;
import dev.gander.route.TrafficRouter;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Applies the traffic rules to a server's own address, with the identity of the client on whose
 * behalf it is asked. Any thread.
 */
public final class PathChoice implements Exits {

  private final Map<TrafficRoute, Outbound> outbounds = new ConcurrentHashMap<>();

  /** Upstreams' hosts as rules read them; as many as there are upstreams. */
  private final Map<String, Optional<byte[]>> domains = new ConcurrentHashMap<>();

  /** The same, by what rules say literally. */
  private final Map<TrafficRoute, Outbound> byRoute = new ConcurrentHashMap<>();

  private final ThreadLocal<TrafficFlow> facts = ThreadLocal.withInitial(TrafficFlow::new);
  private final TrafficRouter router;
  private final Groups groups;
  private final Ways ways;

  /** Of what the arguments hold nothing is closed here. */
  public PathChoice(TrafficRouter router, Groups groups, Ways ways) {
    this.router = router;
    this.groups = groups;
    this.ways = ways;
  }

  /** Whether there is anything to choose. */
  public static boolean isNeeded(RoutingSettings settings) {
    Rule.Outbound fallback = settings.fallback();
    boolean plain = fallback.name().equals("direct") && fallback.mark().orElse(0) == 0;
    return !settings.rules().isEmpty() || !plain;
  }

  @Override
  public Outbound outbound(Flow flow) {
    return leading(router.route(facts(flow.client(), flow)));
  }

  @Override
  public boolean askAboutClients() {
    return router.asksSender();
  }

  @Override
  public boolean tellClientsApart(Flow flow) {
    return router.routesOfAnySender(facts(flow.client(), flow)).stream()
            .map(it -> leading(it).name())
            .distinct()
            .count()
        > 1;
  }

  @Override
  public String nameFor(Client client, Flow like) {
    return leading(router.route(facts(client, like))).name();
  }

  @Override
  public String nameForAsked(Client client) {
    TrafficFlow flow = facts.get();
    flow.setClient(client);
    flow.setDestination(client.askedHigh(), client.askedLow(), client.askedPort());
    flow.setProtocol(TrafficFlow.UDP);
    flow.setDomain(null);
    return leading(router.route(flow)).name();
  }

  /** This thread's, until it calls again. */
  private TrafficFlow facts(Client client, Flow to) {
    TrafficFlow flow = facts.get();
    flow.setClient(client);
    InetAddress server = to.server().getAddress();
    flow.setDestination(Client.high(server), Client.low(server), to.server().getPort());
    flow.setProtocol(to.datagrams() ? TrafficFlow.UDP : TrafficFlow.TCP);
    Optional<byte[]> domain = domains.get(to.host());
    if (domain == null) {
      domain = domains.computeIfAbsent(to.host(), PathChoice::domain);
    }
    flow.setDomain(domain.orElse(null));
    return flow;
  }

  private Outbound leading(TrafficRoute route) {
    Outbound known = byRoute.get(route);
    if (known == null) {
      known = outbounds.computeIfAbsent(withoutPlace(route), this::outbound);
      byRoute.put(route, known);
    }
    return known;
  }

  /** Rules that lead the same way share its connections; only why something is blocked differs. */
  private static TrafficRoute withoutPlace(TrafficRoute route) {
    return switch (route) {
      case TrafficRoute.Direct direct ->
          new TrafficRoute.Direct(false, direct.mark(), Place.BUILT_IN);
      case TrafficRoute.Block block -> block;
      case TrafficRoute.ToGroup to ->
          new TrafficRoute.ToGroup(to.group(), to.number(), false, to.mark(), Place.BUILT_IN);
    };
  }

  private Outbound outbound(TrafficRoute route) {
    return switch (route) {
      case TrafficRoute.Direct direct -> new Straight(ways.straight(direct.mark()), direct.mark());
      case TrafficRoute.Block block -> new Blocked(block.place());
      case TrafficRoute.ToGroup to ->
          groups
              .find(to.group())
              .<Outbound>map(group -> new ThroughGroup(group, ways, to.mark()))
              .orElseThrow(() -> new IllegalStateException("no group " + to.group()));
    };
  }

  /** Empty for an address. */
  private static Optional<byte[]> domain(String host) {
    try {
      InetAddress _ = InetAddress.ofLiteral(host);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return host.isEmpty() ? Optional.empty() : Optional.of(Name.toWire(host));
    }
  }
}
