package dev.gander.daemon;

import dev.gander.config.ConfigException;
import dev.gander.config.GlobalSettings;
import dev.gander.config.Place;
import dev.gander.config.RoutingSettings;
import dev.gander.config.Rule;
import dev.gander.message.Client;
import dev.gander.route.TrafficFlow;
import dev.gander.route.TrafficRoute;
import dev.gander.route.TrafficRouter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What the rules of {@code routing} do with a flow of packets, and which of them: {@code gander
 * explain flow}. The rules are asked in user space, as the kernel's are: both are made of the same
 * vectors.
 *
 * @param rule where the rule (or the fallback) stands
 * @param fallback no rule matched
 * @param outbound {@code direct}, {@code block}, or a group
 * @param must it holds for queries, too
 * @param mark of the packets, 32 bits unsigned; 0: none
 * @param judgedBy the program in the kernel that decides
 * @param fate what becomes of the packets, in words
 */
public record FlowExplanation(
    Place rule,
    boolean fallback,
    String outbound,
    boolean must,
    long mark,
    String judgedBy,
    String fate) {

  private static final int DNS_PORT = 53;

  /**
   * A flow, as far as it is known.
   *
   * @param tcp else UDP
   * @param mac of the client, 48 bits; 0: unknown
   * @param process name of this machine's program that sends it; empty: it comes from the LAN
   * @param domain wire name in lower case that the sender knows the destination by; empty: none
   */
  public record Flow(
      boolean tcp,
      InetSocketAddress source,
      InetSocketAddress destination,
      long mac,
      int dscp,
      String process,
      Optional<byte[]> domain) {}

  /**
   * Asks the rules of a configuration; starts nothing.
   *
   * @param file empty: the built-in one
   * @param environment where to look for geodata
   * @throws ConfigException if it cannot be used
   */
  public static FlowExplanation of(Optional<Path> file, Map<String, String> environment, Flow flow)
      throws ConfigException {
    ConfigurationSource.Loaded loaded = new ConfigurationSource(file, environment).load();
    RoutingSettings routing = loaded.settings().routing();
    TrafficRouter router = TrafficRouter.build(routing, loaded.geodata(), warning -> {});
    TrafficRoute route = router.route(facts(flow));
    Rule.Outbound fallback = routing.fallback();
    return new FlowExplanation(
        route.place(),
        route.place().equals(fallback.place()),
        outbound(route),
        route.must(),
        Integer.toUnsignedLong(route.mark()),
        flow.process().isEmpty() ? "lan_ingress" : "wan_egress",
        fate(route, flow, loaded.settings().global()));
  }

  private static TrafficFlow facts(Flow flow) {
    TrafficFlow facts = new TrafficFlow();
    InetAddress source = flow.source().getAddress();
    InetAddress destination = flow.destination().getAddress();
    facts.setSource(Client.high(source), Client.low(source), flow.source().getPort());
    facts.setDestination(
        Client.high(destination), Client.low(destination), flow.destination().getPort());
    facts.setProtocol(flow.tcp() ? TrafficFlow.TCP : TrafficFlow.UDP);
    facts.setMac(flow.mac());
    facts.setDscp(flow.dscp());
    facts.setProcess(flow.process());
    facts.setDomain(flow.domain().orElse(null));
    return facts;
  }

  private static String outbound(TrafficRoute route) {
    return switch (route) {
      case TrafficRoute.Direct _ -> "direct";
      case TrafficRoute.Block _ -> "block";
      case TrafficRoute.ToGroup group -> group.group();
    };
  }

  private static String fate(TrafficRoute route, Flow flow, GlobalSettings global) {
    InetAddress destination = flow.destination().getAddress();
    if (destination.isMulticastAddress() || destination.isLoopbackAddress()) {
      return "it is not judged: no rule is asked about multicast and loopback packets";
    }
    if (route instanceof TrafficRoute.Block) {
      boolean told = global.blockWith() == GlobalSettings.BlockWith.REJECT;
      return told
          ? "it is blocked, and its sender told so by " + (flow.tcp() ? "a reset" : "an ICMP error")
          : "it is dropped in silence";
    }
    if (flow.destination().getPort() == DNS_PORT && !route.must()) {
      return "it goes to gander, which answers by dns.routing";
    }
    return switch (route) {
      case TrafficRoute.ToGroup _ -> "it passes: only DNS goes by groups yet";
      case TrafficRoute.Direct direct when direct.mark() != 0 -> "it passes with the mark";
      default -> "it passes";
    };
  }
}
