package dev.gander.config;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which functions each of the three rule sections knows, and what stands between their parentheses.
 */
final class Functions {

  /** How the parameters of a function are read. */
  enum Parameters {
    DOMAIN,
    ADDRESS,
    PORT,
    L4PROTO,
    IP_VERSION,
    MAC,
    TEXT,
    DSCP,
    VLAN,
    USER,
    CONTROL_GROUP,
    PROGRAM,
    QTYPE,
    UPSTREAM,
    SUBSCRIPTION_TAG,
    NODE_NAME,
    SUBSCRIPTION_NODE
  }

  /**
   * @param name the name a {@link Rule.Term} carries
   */
  record Function(String name, Parameters parameters) {

    /** {@code sub}, {@code node}, {@code subnode}: for gander's own look-ups. */
    boolean isSelector() {
      return parameters.compareTo(Parameters.SUBSCRIPTION_TAG) >= 0;
    }
  }

  /** The three places of rules. */
  enum Kind {
    ROUTING("routing"),
    REQUEST("dns.routing.request"),
    RESPONSE("dns.routing.response");

    private final String section;

    Kind(String section) {
      this.section = section;
    }

    /** How messages call it. */
    String section() {
      return section;
    }

    /** By the names users may write. */
    Map<String, Function> functions() {
      return switch (this) {
        case ROUTING -> ROUTING_FUNCTIONS;
        case REQUEST -> REQUEST_FUNCTIONS;
        case RESPONSE -> RESPONSE_FUNCTIONS;
      };
    }
  }

  private static final Set<String> DOMAIN_KEYS =
      Set.of("suffix", "full", "keyword", "regex", "geosite", "ext");
  private static final Set<String> ADDRESS_KEYS = Set.of("geoip", "ext");
  private static final Set<String> TAG_KEYS =
      Set.of("tag", "subtag", "subtag_keyword", "subtag_regex", "keyword", "regex");
  private static final Set<String> NAME_KEYS =
      Set.of("name", "name_keyword", "name_regex", "keyword", "regex");
  private static final Set<String> SUBNODE_KEYS =
      Set.of(
          "subtag",
          "subtag_keyword",
          "subtag_regex",
          "name",
          "name_keyword",
          "name_regex",
          "keyword",
          "regex");

  private static final Map<String, Function> ROUTING_FUNCTIONS = routing();
  private static final Map<String, Function> REQUEST_FUNCTIONS = request();
  private static final Map<String, Function> RESPONSE_FUNCTIONS = response();

  private Functions() {}

  /** The parameter keys a function knows; values without a key are another matter. */
  static Set<String> keys(Parameters parameters) {
    return switch (parameters) {
      case DOMAIN -> DOMAIN_KEYS;
      case ADDRESS -> ADDRESS_KEYS;
      case SUBSCRIPTION_TAG -> TAG_KEYS;
      case NODE_NAME -> NAME_KEYS;
      case SUBSCRIPTION_NODE -> SUBNODE_KEYS;
      default -> Set.of();
    };
  }

  private static Map<String, Function> routing() {
    Map<String, Function> functions = new TreeMap<>();
    add(functions, "domain", Parameters.DOMAIN);
    add(functions, "dip", Parameters.ADDRESS);
    add(functions, "sip", Parameters.ADDRESS);
    add(functions, "dport", Parameters.PORT);
    add(functions, "sport", Parameters.PORT);
    add(functions, "l4proto", Parameters.L4PROTO);
    add(functions, "ipversion", Parameters.IP_VERSION);
    add(functions, "mac", Parameters.MAC);
    add(functions, "pname", Parameters.PROGRAM);
    add(functions, "dscp", Parameters.DSCP);
    functions.put("ip", new Function("dip", Parameters.ADDRESS));
    functions.put("port", new Function("dport", Parameters.PORT));
    return functions;
  }

  private static Map<String, Function> request() {
    Map<String, Function> functions = new TreeMap<>();
    add(functions, "qname", Parameters.DOMAIN);
    add(functions, "qtype", Parameters.QTYPE);
    add(functions, "sip", Parameters.ADDRESS);
    add(functions, "mac", Parameters.MAC);
    add(functions, "pname", Parameters.PROGRAM);
    add(functions, "iif", Parameters.TEXT);
    add(functions, "dscp", Parameters.DSCP);
    add(functions, "vlan", Parameters.VLAN);
    add(functions, "uid", Parameters.USER);
    add(functions, "cgroup", Parameters.CONTROL_GROUP);
    add(functions, "sub", Parameters.SUBSCRIPTION_TAG);
    add(functions, "node", Parameters.NODE_NAME);
    add(functions, "subnode", Parameters.SUBSCRIPTION_NODE);
    return functions;
  }

  private static Map<String, Function> response() {
    Map<String, Function> functions = new TreeMap<>();
    add(functions, "qname", Parameters.DOMAIN);
    add(functions, "qtype", Parameters.QTYPE);
    add(functions, "ip", Parameters.ADDRESS);
    add(functions, "upstream", Parameters.UPSTREAM);
    return functions;
  }

  private static void add(Map<String, Function> functions, String name, Parameters parameters) {
    functions.put(name, new Function(name, parameters));
  }

  /** What to write instead of a function this section does not know. */
  static String remedy(String name, Kind kind) {
    if (kind != Kind.ROUTING && (name.equals("domain") || name.equals("dip"))) {
      return name.equals("domain") ? "write qname(…)" : "write ip(…) in `dns.routing.response`";
    }
    if (kind == Kind.ROUTING && name.equals("qname")) {
      return "write domain(…)";
    }
    if (name.equals("tos")) {
      return "write dscp(…)";
    }
    for (Kind other : Kind.values()) {
      if (other != kind && other.functions().containsKey(name)) {
        return "`" + name + "` belongs in `" + other.section() + "`";
      }
    }
    return Suggestions.forName(name, kind.functions().keySet());
  }
}
