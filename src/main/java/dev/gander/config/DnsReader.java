package dev.gander.config;

import dev.gander.config.DnsSettings.Bind;
import dev.gander.config.DnsSettings.DnsRules;
import dev.gander.config.DnsSettings.Manner;
import dev.gander.config.DnsSettings.RateLimit;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.DnsSettings.UpstreamGroup;
import dev.gander.config.Functions.Kind;
import dev.gander.config.Settings.GeoReference;
import dev.gander.config.Syntax.Entry;
import dev.gander.config.Syntax.KeyValue;
import dev.gander.config.Syntax.Literal;
import dev.gander.config.Syntax.Section;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code dns { … }}. */
final class DnsReader {

  static final Set<String> SECTIONS =
      Set.of("upstream", "upstream_group", "routing", "fixed_domain_ttl", "hosts");

  private final SectionReader reader;
  private final Problems problems;
  private final Upstreams upstreams;
  private final Collection<GeoReference> geodata;

  DnsReader(SectionReader reader, Collection<GeoReference> geodata) {
    this.reader = reader;
    this.problems = reader.problems();
    this.upstreams = new Upstreams(reader);
    this.geodata = geodata;
  }

  /**
   * @param intercepts some {@code lan_interface} is set
   */
  DnsSettings read(List<Entry> entries, boolean intercepts) {
    Map<String, Section> sections = SectionReader.merged(entries);
    tellLostRules(sections);
    Values values = reader.read("dns", withoutLostRules(entries), DnsKeys.ALL, SECTIONS);
    for (Entry entry : entries) {
      if (entry instanceof KeyValue pair && SECTIONS.contains(pair.key())) {
        problems.error(
            pair.place(),
            "`" + pair.key() + "` is a section, not a key",
            "write `" + pair.key() + " { … }`");
      }
    }
    Section upstream = section(sections, "upstream");
    Section group = section(sections, "upstream_group");
    Set<String> names = Upstreams.names(upstream);
    List<Upstream> read = upstreams.upstreams(upstream);
    List<UpstreamGroup> groups = upstreams.groups(group, names);
    Set<String> named = new LinkedHashSet<>(names);
    named.addAll(SectionReader.merged(group.entries()).keySet());

    Map<String, Section> routing = routing(section(sections, "routing"));
    DnsRules request = rules(Kind.REQUEST, section(routing, "request"), named, "asis");
    DnsRules response = rules(Kind.RESPONSE, section(routing, "response"), named, "accept");
    checkTogether(values, request, intercepts);
    Binds.tellClashes(values.get(DnsKeys.BIND), problems);
    Loops.tell(read, values.get(DnsKeys.BIND), problems);
    return settings(
        values,
        ttls(section(sections, "fixed_domain_ttl")),
        read,
        groups,
        request,
        response,
        hosts(section(sections, "hosts")),
        new Manners(
                new Manner(values.get(DnsKeys.ECS), values.get(DnsKeys.IPVERSION_PREFER)), problems)
            .read(read, groups));
  }

  /** {@code dns { request { … } }}, as the oldest documents of dae had it. */
  private void tellLostRules(Map<String, Section> sections) {
    for (String lost : List.of("request", "response")) {
      Section section = sections.get(lost);
      if (section != null) {
        problems.error(
            section.place(),
            "`" + lost + "` stands outside of `dns.routing`",
            "write `routing { " + lost + " { … } }`");
      }
    }
  }

  private static List<Entry> withoutLostRules(List<Entry> entries) {
    List<Entry> kept = new ArrayList<>();
    for (Entry entry : entries) {
      if (!(entry instanceof Section section
          && (section.name().equals("request") || section.name().equals("response")))) {
        kept.add(entry);
      }
    }
    return kept;
  }

  private static Section section(Map<String, Section> sections, String name) {
    Section section = sections.get(name);
    return section == null ? new Section(name, List.of(), Place.BUILT_IN) : section;
  }

  private Map<String, Section> routing(Section routing) {
    reader.read("dns.routing", routing.entries(), Map.of(), Set.of("request", "response"));
    for (Entry entry : routing.entries()) {
      if (entry instanceof KeyValue pair
          && (pair.key().equals("request") || pair.key().equals("response"))) {
        problems.error(
            pair.place(),
            "`" + pair.key() + "` is a section, not a key",
            "write `" + pair.key() + " { … }`");
      }
    }
    return SectionReader.merged(routing.entries());
  }

  private DnsRules rules(Kind kind, Section section, Set<String> named, String fallback) {
    Set<String> outbounds = new LinkedHashSet<>(named);
    outbounds.removeAll(Upstreams.RESERVED);
    outbounds.add("reject");
    outbounds.add(kind == Kind.REQUEST ? "asis" : "accept");
    RuleReader.Rules rules =
        new RuleReader(kind, reader, outbounds, named, geodata).read(section.entries(), fallback);
    return new DnsRules(rules.rules(), rules.fallback());
  }

  private void checkTogether(Values values, DnsRules request, boolean intercepts) {
    if (values.get(DnsKeys.MIN_TTL).compareTo(values.get(DnsKeys.MAX_TTL)) > 0) {
      Place place =
          values.has(DnsKeys.MIN_TTL)
              ? values.place(DnsKeys.MIN_TTL)
              : values.place(DnsKeys.MAX_TTL);
      problems.error(place, "`min_ttl` is greater than `max_ttl`", "lower one or raise the other");
    }
    List<Bind> binds = values.get(DnsKeys.BIND);
    if (!binds.isEmpty() && request.fallback().name().equals("asis") && !intercepts) {
      problems.warning(
          values.place(DnsKeys.BIND),
          "the request fallback is asis, and queries to `bind` have no other server to ask",
          "write `fallback: UPSTREAM` in `dns.routing.request`");
    }
  }

  private Map<String, Duration> ttls(Section section) {
    Map<String, Duration> ttls = new LinkedHashMap<>();
    for (KeyValue pair : reader.pairs("dns.fixed_domain_ttl", section.entries())) {
      try {
        String name = Names.check(pair.place(), pair.key());
        ttls.put(name, Quantities.seconds(SectionReader.literal(pair), problems));
      } catch (BadValue bad) {
        problems.error(bad);
      }
    }
    return Map.copyOf(ttls);
  }

  private Map<String, List<InetAddress>> hosts(Section section) {
    Map<String, List<InetAddress>> hosts = new LinkedHashMap<>();
    for (KeyValue pair : reader.pairs("dns.hosts", section.entries())) {
      try {
        String name = Names.check(pair.place(), pair.key());
        List<InetAddress> addresses = new ArrayList<>();
        for (Literal literal : ValueReader.parts(SectionReader.literals(pair))) {
          addresses.add(Addresses.address(literal));
        }
        checkHost(pair.place(), name);
        hosts.put(name, List.copyOf(addresses));
      } catch (BadValue bad) {
        problems.error(bad);
      }
    }
    return Map.copyOf(hosts);
  }

  /** {@code *} stands for all names below, and so only before the first dot. */
  private static void checkHost(Place place, String name) throws BadValue {
    String rest = name.startsWith("*.") ? name.substring(2) : name;
    if (rest.indexOf('*') >= 0) {
      throw new BadValue(
          place,
          "`" + Text.shortened(name) + "` holds `*` where it means nothing",
          "write '*.example.org' for all names below example.org");
    }
  }

  private static DnsSettings settings(
      Values values,
      Map<String, Duration> fixedTtls,
      List<Upstream> upstreams,
      List<UpstreamGroup> groups,
      DnsRules request,
      DnsRules response,
      Map<String, List<InetAddress>> hosts,
      Map<String, Manner> manners) {
    return new DnsSettings(
        values.get(DnsKeys.IPVERSION_PREFER),
        fixedTtls,
        upstreams,
        groups,
        request,
        response,
        values.get(DnsKeys.BIND),
        values.get(DnsKeys.OPTIMISTIC_CACHE),
        values.get(DnsKeys.OPTIMISTIC_CACHE_TTL),
        values.get(DnsKeys.MAX_CACHE_SIZE),
        values.get(DnsKeys.KERNEL_ANSWERS),
        values.get(DnsKeys.CACHE_SIZE),
        values.get(DnsKeys.MIN_TTL),
        values.get(DnsKeys.MAX_TTL),
        values.get(DnsKeys.NEGATIVE_TTL_MAX),
        values.get(DnsKeys.QUERY_TIMEOUT),
        values.get(DnsKeys.REJECT_ANSWER),
        values.get(DnsKeys.USE_HOSTS),
        hosts,
        values.get(DnsKeys.REBIND_PROTECTION),
        values.get(DnsKeys.ECS),
        values.get(DnsKeys.MIX_CASE),
        new RateLimit(
            values.get(DnsKeys.CLIENT_RATE_LIMIT),
            values.get(DnsKeys.CLIENT_RATE_LIMIT_ANSWER),
            values.get(DnsKeys.CLIENT_RATE_LIMIT_IPV4),
            values.get(DnsKeys.CLIENT_RATE_LIMIT_IPV6)),
        manners);
  }
}
