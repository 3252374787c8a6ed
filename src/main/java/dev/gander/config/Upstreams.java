package dev.gander.config;

import dev.gander.config.Addresses.HostPort;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.DnsSettings.Upstream.Scheme;
import dev.gander.config.DnsSettings.UpstreamGroup;
import dev.gander.config.Syntax.Call;
import dev.gander.config.Syntax.Entry;
import dev.gander.config.Syntax.Expression;
import dev.gander.config.Syntax.KeyValue;
import dev.gander.config.Syntax.Literal;
import dev.gander.config.Syntax.Section;
import dev.gander.config.Syntax.Value;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Reads {@code dns.upstream} and {@code dns.upstream_group}. */
final class Upstreams {

  /** Names that rules use for something else. */
  static final Set<String> RESERVED = Set.of("asis", "accept", "reject");

  private static final Map<String, Scheme> SCHEMES =
      new TreeMap<>(
          Map.of(
              "udp", Scheme.UDP,
              "tcp", Scheme.TCP,
              "tcp+udp", Scheme.TCP_UDP,
              "udp+tcp", Scheme.TCP_UDP,
              "tls", Scheme.TLS,
              "quic", Scheme.QUIC,
              "https", Scheme.HTTPS,
              "h3", Scheme.H3,
              "http3", Scheme.H3));

  /** How other programs call them. */
  private static final Map<String, String> MEANT =
      Map.of("doh", "https", "dot", "tls", "doq", "quic", "doh3", "h3", "http", "https");

  private static final Set<String> GROUP_POLICIES = Set.of("fastest", "failover", "hedge", "race");

  private final SectionReader reader;
  private final Problems problems;

  Upstreams(SectionReader reader) {
    this.reader = reader;
    this.problems = reader.problems();
  }

  /** Names of all upstreams that are written, those that cannot be read, too. */
  static Set<String> names(Section section) {
    Set<String> names = new LinkedHashSet<>();
    for (Entry entry : section.entries()) {
      if (entry instanceof KeyValue pair) {
        names.add(pair.key());
      }
    }
    return names;
  }

  List<Upstream> upstreams(Section section) {
    List<Upstream> upstreams = new ArrayList<>();
    for (KeyValue pair : reader.pairs("dns.upstream", section.entries())) {
      refuseReserved("an upstream", pair.key(), pair.place());
      try {
        upstreams.add(upstream(pair.key(), SectionReader.literal(pair), pair.place()));
      } catch (BadValue bad) {
        problems.error(bad);
      }
    }
    return List.copyOf(upstreams);
  }

  private void refuseReserved(String kind, String name, Place place) {
    if (RESERVED.contains(name)) {
      problems.error(
          place, kind + " cannot be called `" + name + "`", "rules use that word; take another");
    }
  }

  private Upstream upstream(String name, Literal literal, Place place) throws BadValue {
    String url = literal.text().strip();
    int end = url.indexOf("://");
    if (end <= 0) {
      throw new BadValue(
          literal.place(),
          "`" + Text.shortened(url) + "` has no scheme",
          "write one like 'udp://" + (url.isEmpty() ? "192.0.2.1" : Text.shortened(url)) + "'");
    }
    Scheme scheme = scheme(literal, url.substring(0, end));
    String rest = url.substring(end + 3);
    int hash = rest.indexOf('#');
    rest = hash < 0 ? rest : rest.substring(0, hash);
    // The one variable a DoH template has (RFC 8484 section 4.1): GET fills it in, POST leaves it
    // out.
    rest = rest.replace("{?dns}", "");
    int question = rest.indexOf('?');
    String query = question < 0 ? "" : rest.substring(question + 1);
    rest = question < 0 ? rest : rest.substring(0, question);
    int slash = rest.indexOf('/');
    String path = slash < 0 ? "" : rest.substring(slash);
    String authority = slash < 0 ? rest : rest.substring(0, slash);
    HostPort endpoint = endpoint(literal, authority, scheme);
    Map<String, List<String>> options =
        new UpstreamOptions(literal.place(), problems).read(scheme, query);
    Upstream upstream =
        new Upstream(
            name,
            scheme,
            endpoint.host(),
            endpoint.port(),
            path(scheme, path) + UpstreamOptions.ofServer(scheme, query),
            options,
            place);
    checkDiscovery(upstream, literal.place());
    return upstream;
  }

  /** A certificate must be for the address that was asked, so there must be one, and no more. */
  private void checkDiscovery(Upstream upstream, Place at) throws BadValue {
    Optional<String> how = upstream.option(UpstreamOptions.DDR);
    if (how.isEmpty()) {
      return;
    }
    Optional<InetAddress> address = upstream.onlyAddress();
    if (address.isEmpty()) {
      throw new BadValue(
          at,
          "`ddr` is for a server that is known by one address",
          "write the address in place of `" + Text.shortened(upstream.host()) + "`, or ip=ADDRESS");
    }
    if (how.get().equals("opportunistic") && !Upstream.isPrivate(address.get())) {
      problems.warning(
          at,
          "`ddr=opportunistic` is for private addresses (RFC 9462 section 4.3), and "
              + Endpoint.text(address.get())
              + " is none: without a certificate for it the server is asked plainly",
          "write ddr=true");
    }
  }

  private static Scheme scheme(Literal literal, String written) throws BadValue {
    String word = written.toLowerCase(Locale.ROOT);
    Scheme scheme = SCHEMES.get(word);
    if (scheme == null) {
      String meant = MEANT.getOrDefault(word, "");
      throw new BadValue(
          literal.place(),
          "unknown scheme `" + Text.shortened(written) + "`",
          meant.isEmpty()
              ? Suggestions.forName(word, SCHEMES.keySet())
              : "did you mean `" + meant + "`?");
    }
    return scheme;
  }

  private HostPort endpoint(Literal literal, String authority, Scheme scheme) throws BadValue {
    int defaultPort =
        switch (scheme) {
          case UDP, TCP, TCP_UDP -> 53;
          case TLS, QUIC -> 853;
          case HTTPS, H3 -> 443;
        };
    if (authority.isEmpty()) {
      throw new BadValue(
          literal.place(), "`" + Text.shortened(literal.text()) + "` names no host", "");
    }
    if (authority.indexOf('@') >= 0) {
      throw new BadValue(literal.place(), "an upstream takes no user name", "remove it");
    }
    HostPort endpoint = withPortMeant(literal, authority, defaultPort);
    if (endpoint.port() == 0) {
      throw new BadValue(literal.place(), "`0` is no port", "ports go from 1 to 65535");
    }
    InetAddress address = Addresses.parse(endpoint.host());
    if (address != null) {
      return endpoint;
    }
    String host = Names.check(literal.place(), endpoint.host());
    if (!Text.isAll(host, c -> Text.isLetterOrDigit(c) || c == '-' || c == '.' || c == '_')
        || Text.isAll(host, c -> Text.isDigit(c) || c == '.')) {
      throw new BadValue(
          literal.place(), "`" + Text.shortened(endpoint.host()) + "` is no host", "");
    }
    return new HostPort(host, endpoint.port());
  }

  /** {@code 2001:db8::1:53} is an address, but was hardly meant as one. */
  private HostPort withPortMeant(Literal literal, String authority, int defaultPort)
      throws BadValue {
    int colon = authority.lastIndexOf(':');
    boolean couldHavePort =
        authority.endsWith(":" + defaultPort)
            && Addresses.parse(authority) != null
            && Addresses.parse(authority.substring(0, colon)) != null;
    if (!couldHavePort) {
      return Addresses.hostPort(literal.place(), authority, defaultPort);
    }
    String address = authority.substring(0, colon);
    problems.warning(
        literal.place(),
        "`" + authority + "` is read as port " + defaultPort + " of " + address,
        "write [" + address + "]:" + defaultPort + ", or [" + authority + "] for the address");
    return new HostPort(address, defaultPort);
  }

  private static String path(Scheme scheme, String written) {
    if (scheme != Scheme.HTTPS && scheme != Scheme.H3) {
      return "";
    }
    return written.isEmpty() || written.equals("/") ? "/dns-query" : written;
  }

  /**
   * @param upstreams names of all upstreams
   */
  List<UpstreamGroup> groups(Section section, Collection<String> upstreams) {
    List<UpstreamGroup> groups = new ArrayList<>();
    for (Map.Entry<String, Section> named : SectionReader.merged(section.entries()).entrySet()) {
      Section group = named.getValue();
      refuseReserved("an upstream group", named.getKey(), group.place());
      if (upstreams.contains(named.getKey())) {
        problems.error(
            group.place(),
            "`" + Text.shortened(named.getKey()) + "` is an upstream already",
            "give the group another name");
      }
      groups.add(group(named.getKey(), group, upstreams));
    }
    for (Entry entry : section.entries()) {
      if (!(entry instanceof Section)) {
        reader.tellMisplaced("dns.upstream_group", entry);
      }
    }
    return List.copyOf(groups);
  }

  private UpstreamGroup group(String name, Section section, Collection<String> upstreams) {
    String where = "dns.upstream_group." + name;
    List<String> members = List.of();
    String policy = "hedge";
    Map<String, Place> seen = new HashMap<>();
    reader.read(where, section.entries(), Map.of(), Set.of("upstream", "policy"));
    for (Entry entry : section.entries()) {
      if (!(entry instanceof KeyValue pair)) {
        continue;
      }
      Place before = seen.put(pair.key(), pair.place());
      if (before != null) {
        reader.tellTwice(pair.key(), pair.place(), before);
      }
      try {
        if (pair.key().equals("upstream")) {
          members = members(pair, upstreams);
        } else if (pair.key().equals("policy")) {
          policy = policy(pair);
        }
      } catch (BadValue bad) {
        problems.error(bad);
      }
    }
    if (!seen.containsKey("upstream")) {
      problems.error(
          section.place(), "`" + where + "` has no upstream", "write `upstream: NAME, NAME`");
    }
    return new UpstreamGroup(name, members, policy, section.place());
  }

  private List<String> members(KeyValue pair, Collection<String> upstreams) throws BadValue {
    List<String> members = new ArrayList<>();
    for (Literal member : ValueReader.parts(SectionReader.literals(pair))) {
      if (upstreams.contains(member.text())) {
        members.add(member.text());
      } else {
        problems.error(
            member.place(),
            "no upstream is called `" + Text.shortened(member.text()) + "`",
            () -> Suggestions.forName(member.text(), upstreams));
      }
    }
    return List.copyOf(members);
  }

  private static String policy(KeyValue pair) throws BadValue {
    Value value = pair.values().getFirst();
    String name = value instanceof Literal literal ? literal.text() : "";
    if (value instanceof Expression expression && expression.calls().size() == 1) {
      Call call = expression.calls().getFirst();
      if (call.function().equals("race") && !call.negated() && call.arguments().size() == 1) {
        Literal count = call.arguments().getFirst().value();
        return "race(" + Quantities.wholeNumber(count, 1, 16, "a number from 1 to 16") + ")";
      }
      name = call.function();
    }
    if (!GROUP_POLICIES.contains(name) || !(value instanceof Literal)) {
      throw new BadValue(
          value.place(),
          "unknown policy `" + Text.shortened(name) + "`",
          "write fastest, failover, hedge or race(N)");
    }
    return name.equals("race") ? "race(2)" : name;
  }
}
