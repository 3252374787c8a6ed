package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.Binding;
import dev.gander.config.DnsSettings;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.DnsSettings.UpstreamGroup;
import dev.gander.config.Endpoint;
import dev.gander.dial.Dialer;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/**
 * The upstreams and upstream groups of a configuration, asked straight or, where there are traffic
 * rules, by the way out they choose. Bootstrap resolvers are always asked straight: nodes have
 * names, too.
 */
public final class ConfiguredUpstreams implements Upstreams, AutoCloseable {

  private final Clock clock;
  private final Executor threads;
  private final Counters counters;
  private final boolean mixCase;
  private final Transports transports;
  private final Optional<RoutedForwarder.Shared> routes;
  private final Map<String, ByExit> routedUpstreams = new HashMap<>();
  private final Map<String, UpgradingForwarder> upgrading = new HashMap<>();

  /**
   * By upstream or group, whom a question to it may come to; none where no rule asks of clients.
   */
  private final Map<String, ByExit[]> asked = new HashMap<>();

  /** Those that response rules may have asked next. */
  private ByExit[] next = {};

  private final Dialer dialer;
  private final Map<Binding, Transports> byBinding = new ConcurrentHashMap<>();
  private final Map<Way, Transports> byWay = new ConcurrentHashMap<>();
  private final BootstrapResolvers bootstrap;
  private final Map<String, Member> upstreams = new LinkedHashMap<>();
  private final Map<String, MemberGroup> groups = new HashMap<>();

  /**
   * Asks nobody yet.
   *
   * @param bootstrap resolve the host names of upstreams; stay the caller's, who closes them after
   *     this
   * @param dialer straight; stays the caller's, who closes it after this
   * @param exits the traffic rules; empty: all goes straight
   * @param threads starts a virtual thread for each member of a group that is asked, and for
   *     probes; stays the caller's
   */
  public ConfiguredUpstreams(
      DnsSettings settings,
      BootstrapResolvers bootstrap,
      Dialer dialer,
      Optional<Exits> exits,
      Clock clock,
      Executor threads,
      Counters counters) {
    this.bootstrap = bootstrap;
    this.clock = clock;
    this.threads = threads;
    this.counters = counters;
    this.dialer = dialer;
    mixCase = settings.mixCase();
    transports = transports(dialer, true);
    routes = exits.map(this::shared);
    for (Upstream upstream : settings.upstreams()) {
      Servers servers = Transports.servers(upstream, bootstrap);
      upstreams.put(upstream.name(), member(path(upstream), forwarder(upstream, servers)));
    }
    for (UpstreamGroup group : settings.upstreamGroups()) {
      List<Member> members =
          group.upstreams().stream().map(upstreams::get).map(Objects::requireNonNull).toList();
      groups.put(group.name(), group(group.name(), group.policy(), members));
    }
    if (exits.isPresent() && exits.get().askAboutClients()) {
      settings.upstreams().forEach(it -> asked.put(it.name(), routed(List.of(it.name()))));
      settings.upstreamGroups().forEach(it -> asked.put(it.name(), routed(it.upstreams())));
      next = next(settings.response());
    }
  }

  private ByExit[] routed(List<String> names) {
    return names.stream().map(routedUpstreams::get).filter(Objects::nonNull).toArray(ByExit[]::new);
  }

  private ByExit[] next(DnsSettings.DnsRules response) {
    return Stream.concat(
            response.rules().stream().map(rule -> rule.outbound().name()),
            Stream.of(response.fallback().name()))
        .distinct()
        .flatMap(name -> Stream.of(asked.getOrDefault(name, new ByExit[0])))
        .distinct()
        .toArray(ByExit[]::new);
  }

  @Override
  public String exits(Client client, String upstream) {
    ByExit[] first = asked.get(upstream);
    return first == null ? "" : exits(client, first, exits(client, next, ""));
  }

  @Override
  public String exitsAsIs(Client client) {
    if (routes.isEmpty() || !routes.get().exits().askAboutClients()) {
      return "";
    }
    return ExitNames.joined(exits(client, next, ""), routes.get().exits().nameForAsked(client));
  }

  private static String exits(Client client, ByExit[] of, String before) {
    String names = before;
    for (ByExit each : of) {
      names = ExitNames.joined(names, each.exits(client));
    }
    return names;
  }

  /**
   * Makes the connections that the encrypted transports will need, so that no question waits for a
   * handshake. Does not block.
   */
  public void warmUp() {
    upstreams.values().forEach(Member::warmUp);
  }

  @Override
  public Reply ask(Query query, String upstream, long deadlineNanos)
      throws IOException, InterruptedException {
    Member one = upstreams.get(upstream);
    if (one != null) {
      return new Reply(one.forward(query, deadlineNanos), upstream);
    }
    MemberGroup group = groups.get(upstream);
    if (group != null) {
      return group.ask(query, deadlineNanos);
    }
    throw new UpstreamException(
        ExtendedError.OTHER, "the configuration has no upstream '" + upstream + "'");
  }

  @Override
  public Answer askAsIs(Query query, long deadlineNanos) throws IOException, InterruptedException {
    InetSocketAddress asked = query.client().asked();
    Servers one = Servers.literal(Endpoint.text(asked), List.of(asked));
    if (routes.isEmpty()) {
      return transports.udp(one).forward(query, deadlineNanos);
    }
    RoutedForwarder.Shared shared = routes.get();
    Exits.Flow flow = new Exits.Flow(query.client(), "", asked, true);
    UpstreamException last = null;
    List<Way> ways = shared.exits().outbound(flow).ways(flow);
    for (int i = 0; i < ways.size(); i++) {
      long now = clock.nanoTime();
      long until = now + Math.max(0, deadlineNanos - now) / (ways.size() - i);
      try {
        Way way = ways.get(i);
        return new ReportingForwarder(way, shared.transports().apply(way).udp(one), clock)
            .forward(query, until);
      } catch (UpstreamException e) {
        last = e;
      }
    }
    throw Objects.requireNonNull(last);
  }

  private Forwarder forwarder(Upstream upstream, Servers servers) {
    Forwarder written = straightOrRouted(upstream, servers);
    if (upstream.option("ddr").isEmpty()) {
      if (written instanceof ByExit routed) {
        routedUpstreams.put(upstream.name(), routed);
      }
      return written;
    }
    UpgradingForwarder better =
        new UpgradingForwarder(upstream, written, this::straightOrRouted, threads, clock, counters);
    upgrading.put(upstream.name(), better);
    if (written instanceof ByExit) {
      routedUpstreams.put(upstream.name(), better);
    }
    return better;
  }

  private Forwarder straightOrRouted(Upstream upstream, Servers servers) {
    Binding binding = upstream.binding();
    if (!binding.equals(Binding.NONE)) {
      return byBinding
          .computeIfAbsent(binding, it -> transports(dialer.boundTo(it), true))
          .over(upstream, servers);
    }
    if (routes.isEmpty()) {
      return transports.over(upstream, servers);
    }
    return new RoutedForwarder(upstream, servers, routes.get());
  }

  private Transports transports(Dialer dialer, boolean datagrams) {
    return new Transports(dialer, datagrams, mixCase, threads, clock, counters);
  }

  private RoutedForwarder.Shared shared(Exits exits) {
    return new RoutedForwarder.Shared(
        exits, this::transportsOf, new HedgeBudget(), clock, threads, counters);
  }

  /** Connections over TCP are shared by all upstreams that are asked by the same way. */
  private Transports transportsOf(Way way) {
    return byWay.computeIfAbsent(way, it -> transports(it.dialer(), it.carriesDatagrams()));
  }

  private Member member(Path path, Forwarder forwarder) {
    return new Member(path, forwarder, clock, threads, counters);
  }

  private MemberGroup group(String name, String policy, List<Member> members) {
    Policy how = Policy.of(policy);
    Contest.Rules rules =
        new Contest.Rules(
            name, how, Policy.width(policy), new HedgeBudget(), clock, threads, counters);
    return new MemberGroup(rules, members);
  }

  private static Path path(Upstream upstream) {
    String transport = upstream.scheme().scheme();
    try {
      String family = family(InetAddress.ofLiteral(upstream.host()));
      return new Path(upstream.name(), Path.DIRECT, transport, family);
    } catch (IllegalArgumentException e) {
      return new Path(upstream.name(), Path.DIRECT, transport, "any");
    }
  }

  private static String family(InetAddress address) {
    return address instanceof Inet6Address ? "6" : "4";
  }

  /**
   * How each upstream does, in the order of the file; the bootstrap resolvers that were asked last.
   */
  public List<UpstreamStatus> status() {
    List<UpstreamStatus> rows = new ArrayList<>();
    upstreams.forEach((name, member) -> {
      ByExit routed = routedUpstreams.get(name);
      UpstreamStatus status =
          routed == null ? member.status() : member.status().by(routed.lastOutbound());
      UpgradingForwarder upgraded = upgrading.get(name);
      rows.add(upgraded == null ? status : upgraded.shown(status));
      if (routed != null) {
        rows.addAll(routed.status());
      }
    });
    rows.addAll(bootstrap.status());
    return rows;
  }

  /** Closes every way to every upstream; calls under way fail. */
  @Override
  public void close() {
    upstreams.values().forEach(Member::close);
    byBinding.values().forEach(Transports::close);
    byWay.values().forEach(Transports::close);
    transports.close();
  }
}
