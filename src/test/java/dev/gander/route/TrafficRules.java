package dev.gander.route;

import dev.gander.config.RoutingSettings;
import dev.gander.config.Rule;
import dev.gander.message.Client;
import dev.gander.message.Name;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;

/** Random traffic rules and flows, and what the language says of them, read word by word. */
public final class TrafficRules {

  private static final String[] ADDRESSES = {
    "10.0.0.1",
    "10.0.0.2",
    "10.1.0.1",
    "192.0.2.9",
    "0.0.0.0",
    "255.255.255.255",
    "2001:db8::5",
    "2001:db8:0:1::",
    "fe80::1",
    "::",
    "::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
  };
  private static final String[] PREFIXES = {
    "10.0.0.0/8",
    "10.0.0.0/24",
    "10.0.0.1",
    "10.0.0.2/31",
    "192.0.2.0/24",
    "0.0.0.0/0",
    "0.0.0.0",
    "128.0.0.0/1",
    "'2001:db8::/32'",
    "'2001:db8::/64'",
    "'2001:db8::5'",
    "'fe80::/10'",
    "'::/0'",
    "'::1'",
    "'8000::/1'"
  };
  private static final int[] PORTS = {0, 1, 53, 80, 443, 1023, 1024, 8080, 65534, 65535};
  private static final String[] PORT_RANGES = {
    "53", "80", "0", "65535", "1-1023", "443-8080", "0-65535", "1024-65534", "0-1"
  };
  private static final String[] NAMES = {
    "a.example", "b.example", "example", "www.a.example", "ads.org", "org", "a.ads.org"
  };
  private static final String[] DOMAINS = {
    "full:a.example",
    "full:org",
    "suffix:example",
    "a.example",
    "keyword:ads",
    "keyword:e.",
    "regex:'^a'",
    "regex:'ads?\\.org'",
    "regex:'^(www|b)\\.'",
    ".example"
  };
  private static final String[] MACS = {
    "'02:00:00:00:00:01'", "'02:00:00:00:00:02'", "'ff:ff:ff:ff:ff:ff'", "'00:00:00:00:00:00'"
  };
  private static final String[] PROCESSES = {"dig", "curl", "systemd-resolved", "systemd-resolve"};
  private static final String[] OUTBOUNDS = {
    "direct",
    "direct",
    "block",
    "one",
    "two",
    "must_direct",
    "must_one",
    "direct(mark: 0x800)",
    "must_rules",
    "one(must, mark: 9)",
    "block(must)"
  };

  private TrafficRules() {}

  public static List<String> random(Random random, int rules, boolean domains) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < rules; i++) {
      List<String> terms = new ArrayList<>();
      for (int more = random.nextInt(3); more >= 0; more--) {
        terms.add((random.nextInt(3) == 0 ? "!" : "") + term(random, domains));
      }
      lines.add(String.join(" && ", terms) + " -> " + any(random, OUTBOUNDS));
    }
    return lines;
  }

  private static String term(Random random, boolean domains) {
    return switch (random.nextInt(domains ? 12 : 10)) {
      case 0, 1 -> list("dip", random, PREFIXES);
      case 2 -> list("sip", random, PREFIXES);
      case 3 -> list("dport", random, PORT_RANGES);
      case 4 -> list("sport", random, PORT_RANGES);
      case 5 -> list("l4proto", random, "tcp", "udp", "sctp");
      case 6 -> list("ipversion", random, "4", "6");
      case 7 -> list("mac", random, MACS);
      case 8 -> list("pname", random, PROCESSES);
      case 9 -> list("dscp", random, "0", "4", "0x3f");
      default -> list("domain", random, DOMAINS);
    };
  }

  private static String list(String function, Random random, String... values) {
    List<String> chosen = new ArrayList<>();
    for (int more = random.nextInt(2); more >= 0; more--) {
      chosen.add(any(random, values));
    }
    return function + "(" + String.join(", ", chosen) + ")";
  }

  private static String any(Random random, String[] values) {
    return values[random.nextInt(values.length)];
  }

  /**
   * A flow in words.
   *
   * @param domain empty if unknown
   */
  public record Facts(
      InetAddress source,
      InetAddress destination,
      int sourcePort,
      int destinationPort,
      String protocol,
      long mac,
      String process,
      int dscp,
      String domain) {

    public TrafficFlow flow() {
      TrafficFlow flow = new TrafficFlow();
      flow.setSource(Client.high(source), Client.low(source), sourcePort);
      flow.setDestination(Client.high(destination), Client.low(destination), destinationPort);
      flow.setProtocol(protocol.equals("tcp") ? TrafficFlow.TCP : TrafficFlow.UDP);
      flow.setMac(mac);
      flow.setProcess(process);
      flow.setDscp(dscp);
      flow.setDomain(domain.isEmpty() ? null : Name.toWire(domain));
      return flow;
    }
  }

  /**
   * A flow as a packet shows it, not to port 53. One domain for each flow, since the verdict on a
   * flow stays when its domain changes.
   *
   * @param local of a program of this machine, whose process may be known; else of a LAN client
   */
  public static Facts packet(Random random, boolean local) {
    Facts facts = flow(random);
    int port = facts.destinationPort() == 53 ? 54 : facts.destinationPort();
    int flow = Objects.hash(facts.source(), facts.destination(), facts.sourcePort(), port);
    int domain = Math.floorMod(flow, NAMES.length + 2);
    return new Facts(
        facts.source(),
        facts.destination(),
        facts.sourcePort(),
        port,
        facts.protocol(),
        facts.mac(),
        local ? facts.process() : "",
        facts.dscp(),
        domain < NAMES.length ? NAMES[domain] : "");
  }

  /** The names that a flow's domain may be. */
  public static List<String> names() {
    return List.of(NAMES);
  }

  /** A flow whose addresses are of one family. */
  public static Facts flow(Random random) {
    InetAddress destination = InetAddress.ofLiteral(any(random, ADDRESSES));
    InetAddress source = destination;
    while (source.getAddress().length != destination.getAddress().length
        || random.nextInt(3) == 0) {
      source = InetAddress.ofLiteral(any(random, ADDRESSES));
    }
    return new Facts(
        source,
        destination,
        PORTS[random.nextInt(PORTS.length)],
        PORTS[random.nextInt(PORTS.length)],
        random.nextBoolean() ? "tcp" : "udp",
        random.nextInt(4) == 0 ? 0xffffffffffffL : 0x020000000000L + random.nextInt(4),
        random.nextInt(3) == 0 ? "" : any(random, PROCESSES),
        new int[] {0, 4, 5, 63}[random.nextInt(4)],
        random.nextInt(3) == 0 ? "" : any(random, NAMES));
  }

  /**
   * What the language says: the line that decides, with a mark where {@code must} was met.
   *
   * @param line of the rule or the fallback
   */
  record Decision(int line, boolean must) {}

  static Decision readOneByOne(RoutingSettings settings, Facts facts) {
    boolean must = false;
    for (Rule rule : settings.rules()) {
      if (rule.terms().stream().allMatch(term -> holds(term, facts))) {
        if (!rule.outbound().name().equals("must_rules")) {
          return new Decision(rule.place().line(), must || rule.outbound().must());
        }
        must = true;
      }
    }
    Rule.Outbound fallback = settings.fallback();
    return new Decision(fallback.place().line(), must || fallback.must());
  }

  private static boolean holds(Rule.Term term, Facts facts) {
    return term.negated()
        != term.parameters().stream().anyMatch(it -> fits(term.function(), it, facts));
  }

  private static boolean fits(String function, Rule.Parameter parameter, Facts facts) {
    String value = parameter.value();
    return switch (function) {
      case "dip" -> inside(facts.destination(), value);
      case "sip" -> inside(facts.source(), value);
      case "dport" -> between(facts.destinationPort(), value);
      case "sport" -> between(facts.sourcePort(), value);
      case "l4proto" -> facts.protocol().equals(value);
      case "ipversion" -> facts.destination().getAddress().length == (value.equals("4") ? 4 : 16);
      case "mac" -> facts.mac() != 0 && Long.parseLong(value.replace(":", ""), 16) == facts.mac();
      case "pname" -> !facts.process().isEmpty() && first15(value).equals(first15(facts.process()));
      case "dscp" -> facts.dscp() == Integer.decode(value);
      case "domain" ->
          !facts.domain().isEmpty() && nameFits(parameter.key(), value, facts.domain());
      default -> throw new AssertionError(function);
    };
  }

  private static String first15(String name) {
    return name.substring(0, Math.min(15, name.length()));
  }

  private static boolean between(int port, String range) {
    String[] ends = range.split("-", -1);
    return port >= Integer.parseInt(ends[0]) && port <= Integer.parseInt(ends[ends.length - 1]);
  }

  private static boolean inside(InetAddress address, String prefix) {
    String[] parts = prefix.split("/", -1);
    byte[] network = InetAddress.ofLiteral(parts[0]).getAddress();
    byte[] bytes = address.getAddress();
    if (network.length != bytes.length) {
      return false;
    }
    int length = parts.length == 1 ? bytes.length * 8 : Integer.parseInt(parts[1]);
    return bits(network).substring(0, length).equals(bits(bytes).substring(0, length));
  }

  private static String bits(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      text.append(Integer.toBinaryString((b & 0xff) | 0x100).substring(1));
    }
    return text.toString();
  }

  private static boolean nameFits(String key, String value, String name) {
    return switch (key) {
      case "full" -> name.equals(value);
      case "suffix" ->
          value.startsWith(".") ? name.endsWith(value) : ("." + name).endsWith("." + value);
      case "keyword" -> name.contains(value);
      case "regex" -> Pattern.compile(value).matcher(name).find();
      default -> throw new AssertionError(key);
    };
  }
}
