package dev.gander.daemon;

import dev.gander.cache.CacheKey;
import dev.gander.clock.Clock;
import dev.gander.config.Binding;
import dev.gander.config.ConfigException;
import dev.gander.config.DnsSettings;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.Endpoint;
import dev.gander.config.Place;
import dev.gander.config.Settings;
import dev.gander.group.Groups;
import dev.gander.local.LocalNames;
import dev.gander.local.PrivateAddresses;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.QueryView;
import dev.gander.path.PathChoice;
import dev.gander.route.DnsRouter;
import dev.gander.route.RequestRoute;
import dev.gander.route.ResponseRoute;
import dev.gander.route.TrafficRouter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What would become of a question that a client asks, and which rules say so: {@code gander explain
 * NAME}. Nothing is sent.
 */
public final class QueryExplanation {

  private final Settings settings;
  private final DnsRouter router;
  private final UpstreamWay way;
  private final AskedQuery asked;
  private final Client client;
  private final Map<String, Object> rows = new LinkedHashMap<>();

  private QueryExplanation(
      Settings settings, DnsRouter router, UpstreamWay way, AskedQuery asked, Client client) {
    this.settings = settings;
    this.router = router;
    this.way = way;
    this.asked = asked;
    this.client = client;
    rows.put("name", asked.name());
    rows.put("type", asked.typeText());
  }

  /**
   * Asks the rules of a configuration; starts nothing. What depends on a daemon's state is not
   * told.
   *
   * @param file empty: the built-in one
   * @param environment where to look for geodata
   * @return the fields that docs/OPERATING.md lists
   * @throws ConfigException if it cannot be used
   */
  public static Map<String, Object> of(
      Optional<Path> file, Map<String, String> environment, AskedQuery asked, Clock clock)
      throws ConfigException {
    ConfigurationSource.Loaded loaded = new ConfigurationSource(file, environment).load();
    Settings settings = loaded.settings();
    DnsRouter router =
        DnsRouter.build(settings.dns(), loaded.geodata(), _ -> asked.iface(), _ -> {});
    TrafficRouter traffic = TrafficRouter.build(settings.routing(), loaded.geodata(), _ -> {});
    Client client = asked.client(_ -> 1);
    QueryExplanation explanation =
        new QueryExplanation(
            settings, router, way(settings, traffic, Optional.empty()), asked, client);
    DnsSettings dns = settings.dns();
    Optional<Path> hosts =
        dns.useHosts() ? Optional.of(Surroundings.real(clock).hosts()) : Optional.empty();
    LocalNames names = LocalNames.of(dns.hosts(), hosts, Designations.of(dns.bind()));
    QueryView query = asked.query();
    RequestRoute route = router.request(query, client);
    Answer host = names.host(query);
    boolean inside =
        route instanceof RequestRoute.AsIs
            && PrivateAddresses.contain(client.askedHigh(), client.askedLow());
    Answer special =
        route.named() || route instanceof RequestRoute.Reject ? null : names.special(query, inside);
    explanation.decide(host != null ? host : special, route);
    return explanation.rows;
  }

  /** The same by a generation that is in force, with what is kept there. */
  static Map<String, Object> of(Generation generation, AskedQuery asked) {
    Client client = asked.client(Surroundings::interfaceIndex);
    QueryExplanation explanation =
        new QueryExplanation(
            generation.settings(),
            generation.publications().router(),
            way(generation.settings(), generation.traffic(), generation.groups()),
            asked,
            client);
    QueryView query = asked.query();
    var preview = generation.controller().preview(query, client);
    explanation.decide(preview.local(), preview.route());
    explanation.rows.put("cached", preview.kept().isPresent());
    preview.kept().ifPresent(answer -> explanation.rows.put("cached_seconds", (long) answer.ttl()));
    explanation.rows.put("kernel", kernel(generation, query, client, preview.key()));
    return explanation.rows;
  }

  private static String kernel(
      Generation generation, QueryView query, Client client, @Nullable CacheKey key) {
    if (!generation.publications().isLive()) {
      return "answers nothing now";
    }
    if (key == null) {
      return "answers it, from the second time on at the latest";
    }
    return generation.publications().isThere(query, client, key)
        ? "answers it"
        : "lets it come up, the first time at least";
  }

  private static UpstreamWay way(
      Settings settings, TrafficRouter traffic, Optional<Groups> groups) {
    return new UpstreamWay(traffic, settings.routing().fallback().place(), groups);
  }

  private void decide(@Nullable Answer local, RequestRoute route) {
    if (asked.asked().isPresent() && needed()) {
      rows.putAll(way.query(client));
      if (rows.containsKey("outcome")) {
        return;
      }
    }
    if (local != null) {
      rows.put("outcome", "answered without a server: a name of hosts, or a special one");
      return;
    }
    DnsSettings dns = settings.dns();
    boolean fallback = route.place().equals(dns.request().fallback().place());
    rows.put("request_rule", rule(route.place(), fallback));
    switch (route) {
      case RequestRoute.Reject _ -> rows.put("outcome", "rejected");
      case RequestRoute.AsIs _ -> {
        rows.put("outcome", "asked of the server that the client asks");
        rows.put("upstreams", List.of(asIs()));
        rows.put("response_rules", responses("asis", List.of("asis")));
      }
      case RequestRoute.To to -> {
        List<String> members = members(to.upstream());
        rows.put("outcome", "asked of " + to.upstream());
        rows.put(
            "upstreams",
            dns.upstreams().stream()
                .filter(it -> members.contains(it.name()))
                .map(this::upstream)
                .toList());
        rows.put("response_rules", responses(to.upstream(), members));
      }
    }
    if (!KernelTerms.allow(settings)) {
      rows.put("kernel", "answers nothing: kernel_answers, client_rate_limit or ecs say so");
    }
  }

  private List<String> members(String name) {
    return settings.dns().upstreamGroups().stream()
        .filter(it -> it.name().equals(name))
        .findFirst()
        .map(DnsSettings.UpstreamGroup::upstreams)
        .orElse(List.of(name));
  }

  private Map<String, Object> asIs() {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", "asis");
    asked
        .asked()
        .ifPresent(_ -> {
          InetSocketAddress there = client.asked();
          row.put("url", "udp://" + Endpoint.text(there));
          row.putAll(way.of(client, "", Optional.of(there), there.getPort(), true, needed()));
        });
    return row;
  }

  private boolean needed() {
    return PathChoice.isNeeded(settings.routing());
  }

  private Map<String, Object> upstream(Upstream upstream) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", upstream.name());
    String host = upstream.host();
    row.put(
        "url",
        upstream.scheme().scheme()
            + "://"
            + (host.indexOf(':') < 0 ? host : "[" + host + "]")
            + ":"
            + upstream.port());
    if (!upstream.binding().equals(Binding.NONE)) {
      row.put("way", "straight, by the interface or address of its URL; no rule is asked");
      return row;
    }
    row.putAll(
        way.of(
            client,
            host,
            UpstreamWay.literal(host, upstream.port()),
            upstream.port(),
            upstream.scheme().overUdp(),
            needed()));
    return row;
  }

  private List<Map<String, Object>> responses(String upstream, List<String> members) {
    List<Map<String, Object>> rules = new ArrayList<>();
    Place fallback = settings.dns().response().fallback().place();
    for (String member : members) {
      for (ResponseRoute route : router.possibleResponses(asked.question(), upstream, member)) {
        Map<String, Object> row = rule(route.place(), route.place().equals(fallback));
        row.put(
            "outbound",
            switch (route) {
              case ResponseRoute.Accept _ -> "accept";
              case ResponseRoute.Reject _ -> "reject";
              case ResponseRoute.Ask ask -> ask.upstream();
            });
        if (!rules.contains(row)) {
          rules.add(row);
        }
      }
    }
    return rules;
  }

  /** Where a rule stands. */
  static Map<String, Object> rule(Place place, boolean fallback) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("file", place.file());
    row.put("line", (long) place.line());
    row.put("column", (long) place.column());
    row.put("fallback", fallback);
    return row;
  }
}
