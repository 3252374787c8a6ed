package dev.gander.route;

import dev.gander.config.ConfigException;
import dev.gander.config.ConfigFile;
import dev.gander.config.RoutingSettings;
import dev.gander.message.Client;
import dev.gander.message.Name;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sections of traffic rules for tests: the rule's number is its line. */
public final class TrafficText {

  /** The line a fallback stands in. */
  public static final int FALLBACK_LINE = 999;

  private static final Pattern OUTBOUND = Pattern.compile("-> *(?:must_)?(\\w+)");
  private static final Set<String> RESERVED = Set.of("direct", "block", "rules");

  private TrafficText() {}

  public static RoutingSettings rules(String fallback, List<String> rules) throws ConfigException {
    String lines = String.join("\n", rules);
    Set<String> groups = new TreeSet<>();
    Matcher matcher = OUTBOUND.matcher(lines + "\n-> " + fallback);
    while (matcher.find()) {
      groups.add(matcher.group(1));
    }
    groups.removeAll(RESERVED);
    StringBuilder text = new StringBuilder("global{} group{");
    groups.forEach(group -> text.append(group).append("{policy:min} "));
    text.append("} routing{ ").append(lines);
    text.append("\n".repeat(Math.max(1, FALLBACK_LINE - Math.max(1, rules.size()))));
    text.append("fallback: ").append(fallback).append("}");
    return ConfigFile.parse(text.toString(), "test.dae").settings().routing();
  }

  /**
   * A flow.
   *
   * @param facts {@code key=value} each: src, dst (address or address#port), proto, mac, pname,
   *     dscp, domain
   */
  static TrafficFlow flow(String... facts) {
    TrafficFlow flow = new TrafficFlow();
    set(flow, "src", "192.168.1.2#40000");
    set(flow, "dst", "198.51.100.7#443");
    set(flow, "proto", "tcp");
    for (String fact : facts) {
      int at = fact.indexOf('=');
      set(flow, fact.substring(0, at), fact.substring(at + 1));
    }
    return flow;
  }

  private static void set(TrafficFlow flow, String key, String value) {
    switch (key) {
      case "src", "dst" -> {
        String[] parts = value.split("#", -1);
        InetAddress address = InetAddress.ofLiteral(parts[0]);
        int port = Integer.parseInt(parts[1]);
        if (key.equals("src")) {
          flow.setSource(Client.high(address), Client.low(address), port);
        } else {
          flow.setDestination(Client.high(address), Client.low(address), port);
        }
      }
      case "proto" -> flow.setProtocol(value.equals("tcp") ? TrafficFlow.TCP : TrafficFlow.UDP);
      case "mac" -> flow.setMac(Long.parseLong(value.replace(":", ""), 16));
      case "pname" -> flow.setProcess(value);
      case "dscp" -> flow.setDscp(Integer.parseInt(value));
      case "domain" -> flow.setDomain(Name.toWire(value));
      default -> throw new AssertionError(key);
    }
  }
}
