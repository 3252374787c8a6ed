package dev.gander.forward;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An upstream that is asked by the way out which the traffic rules choose, for each question anew:
 * they may look at the client. Each way has a forwarder of its own, with its own connections, which
 * is closed when it is not used.
 */
final class RoutedForwarder implements Forwarder, ByExit {

  /** Ways to one upstream that are kept. */
  private static final int MOST = 64;

  private static final Duration IDLE = Duration.ofMinutes(5);

  /** What all upstreams of a generation share. */
  record Shared(
      Exits exits,
      Function<Way, Transports> transports,
      HedgeBudget hedges,
      Clock clock,
      Executor threads,
      Counters counters) {}

  /**
   * @param addresses those of the upstream's that go this way; none: all
   */
  private record Key(Way way, List<InetSocketAddress> addresses) {}

  /**
   * @param forwarder by one way, without an account of its own: the upstream's is enough
   * @param member the same with an account, where several ways contend
   */
  private record Held(Forwarder forwarder, Member member) {}

  private static final System.Logger LOG = System.getLogger("dev.gander.forward");

  private final Upstream upstream;
  private final Servers servers;
  private final Shared shared;
  private final Cache<Key, Held> kept;
  private final ExitNames names;
  private volatile String lastOutbound = "";

  RoutedForwarder(Upstream upstream, Servers servers, Shared shared) {
    this.upstream = upstream;
    this.servers = servers;
    this.shared = shared;
    names = new ExitNames(shared.exits(), servers, it -> flow(new Client(), it));
    kept =
        Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterAccess(IDLE)
            .ticker(shared.clock()::nanoTime)
            .executor(Runnable::run)
            .<Key, Held>removalListener(RoutedForwarder::removed)
            .build();
  }

  @Override
  public String lastOutbound() {
    return lastOutbound;
  }

  @Override
  public String exits(Client client) {
    return names.of(client);
  }

  @Override
  public List<UpstreamStatus> status() {
    return kept.asMap().values().stream().map(it -> it.member().status()).toList();
  }

  @Override
  public Duration grace() {
    return upstream.scheme().overUdp() && !upstream.scheme().encrypted()
        ? Duration.ZERO
        : Restart.LONGEST;
  }

  /** By one way at least; which one a question would take is known with its client. */
  @Override
  public boolean ready() {
    boolean none = true;
    for (Held held : kept.asMap().values()) {
      if (held.forwarder().ready()) {
        return true;
      }
      none = false;
    }
    return none;
  }

  /** As a question of nobody's would need it; silent where there is no way. */
  @Override
  public void warmUp(Consumer<UpstreamException> sick) {
    if (upstream.scheme().encrypted()) {
      shared.threads().execute(() -> warm(sick));
    }
  }

  private void warm(Consumer<UpstreamException> sick) {
    Client nobody = new Client();
    try {
      List<InetSocketAddress> all =
          servers.inOrder(shared.clock().nanoTime() + PipelinedServer.CONNECT.toNanos());
      Map<Outbound, List<InetSocketAddress>> paths = byOutbound(nobody, all);
      for (Map.Entry<Outbound, List<InetSocketAddress>> path : paths.entrySet()) {
        Exits.Flow flow = flow(nobody, path.getValue().getFirst());
        Way best = path.getKey().ways(flow).getFirst();
        held(best, paths.size() == 1 ? List.of() : path.getValue()).forwarder().warmUp(sick);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "no connection ahead of need: {0}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    Client client = query.client();
    List<InetSocketAddress> all = servers.inOrder(deadlineNanos);
    Map<Outbound, List<InetSocketAddress>> paths = byOutbound(client, all);
    int left = paths.size();
    UpstreamException last = null;
    for (Map.Entry<Outbound, List<InetSocketAddress>> path : paths.entrySet()) {
      List<InetSocketAddress> some = paths.size() == 1 ? List.of() : path.getValue();
      long now = shared.clock().nanoTime();
      long until = now + Math.max(0, deadlineNanos - now) / left--;
      try {
        return ask(path.getKey(), flow(client, path.getValue().getFirst()), some, query, until);
      } catch (UpstreamException e) {
        last = e;
      }
    }
    throw last != null
        ? last
        : new UpstreamException(
            ExtendedError.NETWORK_ERROR, "upstream '" + upstream.name() + "' has no address");
  }

  private Map<Outbound, List<InetSocketAddress>> byOutbound(
      Client client, List<InetSocketAddress> all) {
    Map<Outbound, List<InetSocketAddress>> paths = LinkedHashMap.newLinkedHashMap(2);
    for (InetSocketAddress address : all) {
      Outbound outbound = shared.exits().outbound(flow(client, address));
      paths.computeIfAbsent(outbound, it -> new ArrayList<>(all.size())).add(address);
    }
    return paths;
  }

  private Exits.Flow flow(Client client, InetSocketAddress server) {
    return new Exits.Flow(client, upstream.host(), server, upstream.scheme().overUdp());
  }

  /** By the outbound's ways; where all fail, by those it names then, for the first have told it. */
  private Answer ask(
      Outbound outbound,
      Exits.Flow flow,
      List<InetSocketAddress> addresses,
      Query query,
      long deadlineNanos)
      throws IOException, InterruptedException {
    lastOutbound = outbound.name();
    Set<Way> tried = new HashSet<>();
    List<Way> ways = outbound.ways(flow);
    while (true) {
      try {
        return ask(outbound, ways, addresses, query, deadlineNanos);
      } catch (UpstreamException e) {
        tried.addAll(ways);
        ways = outbound.ways(flow).stream().filter(it -> !tried.contains(it)).toList();
        if (ways.isEmpty() || shared.clock().nanoTime() - deadlineNanos >= 0) {
          throw e;
        }
      }
    }
  }

  private Answer ask(
      Outbound outbound,
      List<Way> ways,
      List<InetSocketAddress> addresses,
      Query query,
      long deadlineNanos)
      throws IOException, InterruptedException {
    if (ways.size() == 1) {
      return held(ways.getFirst(), addresses).forwarder().forward(query, deadlineNanos);
    }
    List<Member> order = new ArrayList<>(ways.size());
    ways.forEach(way -> order.add(held(way, addresses).member()));
    Contest.Rules rules =
        new Contest.Rules(
            upstream.name() + " through " + outbound.name(),
            outbound.hedges() ? Policy.IN_TURN : Policy.FAILOVER,
            1,
            shared.hedges(),
            shared.clock(),
            shared.threads(),
            shared.counters());
    return new MemberGroup(rules, order).forward(query, deadlineNanos);
  }

  private Held held(Way way, List<InetSocketAddress> addresses) {
    return kept.get(new Key(way, addresses), this::hold);
  }

  private Held hold(Key key) {
    String name = upstream.name() + " through " + key.way().name();
    Path path = new Path(name, key.way().name(), upstream.scheme().scheme(), "any");
    Forwarder forwarder = new ReportingForwarder(key.way(), forwarder(key), shared.clock());
    return new Held(
        forwarder,
        new Member(path, forwarder, shared.clock(), shared.threads(), shared.counters()));
  }

  private Forwarder forwarder(Key key) {
    Servers some =
        key.addresses().isEmpty() ? servers : Servers.literal(upstream.name(), key.addresses());
    return shared.transports().apply(key.way()).over(upstream, some);
  }

  private static void removed(@Nullable Key key, @Nullable Held held, RemovalCause cause) {
    if (held != null) {
      held.member().close();
    }
  }

  @Override
  public void close() {
    kept.invalidateAll();
  }
}
