package dev.gander.daemon;

import dev.gander.config.Place;
import dev.gander.group.Choice;
import dev.gander.group.Groups;
import dev.gander.group.Key;
import dev.gander.group.NoNodeException;
import dev.gander.group.NodeGroup;
import dev.gander.group.Use;
import dev.gander.message.Client;
import dev.gander.message.Name;
import dev.gander.route.TrafficFlow;
import dev.gander.route.TrafficRoute;
import dev.gander.route.TrafficRouter;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Which way an upstream would be asked on behalf of a client, and which traffic rule says so. */
final class UpstreamWay {

  private final TrafficRouter router;
  private final Place fallback;
  private final Optional<Groups> groups;

  /**
   * @param fallback where that of the rules stands
   * @param groups those of a daemon; empty where none runs, so that no node can be told
   */
  UpstreamWay(TrafficRouter router, Place fallback, Optional<Groups> groups) {
    this.router = router;
    this.fallback = fallback;
    this.groups = groups;
  }

  /** The address of a server that is written as one. */
  static Optional<InetSocketAddress> literal(String host, int port) {
    try {
      return Optional.of(new InetSocketAddress(InetAddress.ofLiteral(host), port));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What a rule does with a client's query for good, as fields; none if it goes to gander. */
  Map<String, Object> query(Client client) {
    TrafficFlow facts = new TrafficFlow();
    facts.setClient(client);
    facts.setDestination(client.askedHigh(), client.askedLow(), client.askedPort());
    facts.setProtocol(TrafficFlow.UDP);
    TrafficRoute route = router.route(facts);
    boolean blocked = route instanceof TrafficRoute.Block;
    if (!blocked && !route.must()) {
      return Map.of();
    }
    return Map.of(
        "packet_rule",
        QueryExplanation.rule(route.place(), route.place().equals(fallback)),
        "outcome",
        blocked ? "blocked before it comes to gander" : "passes by gander");
  }

  /**
   * The way, as fields.
   *
   * @param host as configured; empty for the server that the client asks
   * @param server its address, if that is known without asking anybody
   * @param needed whether there are traffic rules at all
   */
  Map<String, Object> of(
      Client client,
      String host,
      Optional<InetSocketAddress> server,
      int port,
      boolean datagrams,
      boolean needed) {
    Map<String, Object> row = new LinkedHashMap<>();
    if (!needed) {
      row.put("way", "straight: `routing` has no rules");
      return row;
    }
    TrafficFlow facts = new TrafficFlow();
    facts.setClient(client);
    server.ifPresentOrElse(
        it ->
            facts.setDestination(
                Client.high(it.getAddress()), Client.low(it.getAddress()), it.getPort()),
        () -> facts.setDestination(0, 0, port));
    facts.setProtocol(datagrams ? TrafficFlow.UDP : TrafficFlow.TCP);
    if (server.isEmpty() && !host.isEmpty()) {
      facts.setDomain(Name.toWire(host.toLowerCase(Locale.ROOT)));
      row.put("address", "not looked up: rules on addresses may say otherwise");
    }
    TrafficRoute route = router.route(facts);
    row.put("traffic_rule", QueryExplanation.rule(route.place(), route.place().equals(fallback)));
    row.put("way", way(route, client, host, server, datagrams));
    return row;
  }

  private String way(
      TrafficRoute route,
      Client client,
      String host,
      Optional<InetSocketAddress> server,
      boolean datagrams) {
    String mark =
        route.mark() == 0
            ? ""
            : String.format(Locale.ROOT, ", mark 0x%x", Integer.toUnsignedLong(route.mark()));
    return switch (route) {
      case TrafficRoute.Direct _ -> "straight" + mark;
      case TrafficRoute.Block _ -> "blocked: the client gets SERVFAIL";
      case TrafficRoute.ToGroup to -> {
        boolean ipv6 = server.isPresent() && server.get().getAddress() instanceof Inet6Address;
        Use use = Use.of(!datagrams, ipv6, true);
        Key key = new Key(address(client), host.toLowerCase(Locale.ROOT));
        yield "group " + to.group() + node(to.group(), use, key) + mark;
      }
    };
  }

  private static Optional<InetAddress> address(Client client) {
    boolean known = client.sourceHigh() != 0 || client.sourceLow() != 0;
    return known
        ? Optional.of(Client.address(client.sourceHigh(), client.sourceLow()))
        : Optional.empty();
  }

  private String node(String name, Use use, Key key) {
    Optional<NodeGroup> group = groups.flatMap(it -> it.find(name));
    if (group.isEmpty()) {
      return ", by whichever node its policy says";
    }
    try {
      Choice choice = group.get().pick(use, key);
      return ", node " + choice.node().name();
    } catch (NoNodeException e) {
      return ": " + e.getMessage();
    }
  }
}
