package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.DnsSettings.UpstreamGroup;
import dev.gander.dial.Dialer;
import dev.gander.dial.Endpoint;
import dev.gander.message.Answer;
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
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;

/** The upstreams and upstream groups of a configuration, asked directly, through no proxy. */
public final class DirectUpstreams implements Upstreams, AutoCloseable {

  private final Clock clock;
  private final Executor threads;
  private final Counters counters;
  private final Transports transports;
  private final List<Member> bootstrapMembers = new ArrayList<>();
  private final Map<String, Member> upstreams = new LinkedHashMap<>();
  private final Map<String, MemberGroup> groups = new HashMap<>();

  /**
   * Asks nobody yet.
   *
   * @param bootstrapResolvers resolve the host names of upstreams; at least one
   * @param dialer stays the caller's, who closes it after this
   * @param threads starts a virtual thread for each member of a group that is asked, and for
   *     probes; stays the caller's
   */
  public DirectUpstreams(
      DnsSettings settings,
      List<InetSocketAddress> bootstrapResolvers,
      Dialer dialer,
      Clock clock,
      Executor threads,
      Counters counters) {
    this.clock = clock;
    this.threads = threads;
    this.counters = counters;
    transports = new Transports(dialer, settings.mixCase(), threads, clock, counters);
    Forwarder bootstrap = bootstrap(bootstrapResolvers);
    for (Upstream upstream : settings.upstreams()) {
      Forwarder forwarder = transports.of(upstream, bootstrap);
      upstreams.put(upstream.name(), member(path(upstream), forwarder));
    }
    for (UpstreamGroup group : settings.upstreamGroups()) {
      List<Member> members =
          group.upstreams().stream().map(upstreams::get).map(Objects::requireNonNull).toList();
      groups.put(group.name(), group(group.name(), group.policy(), members));
    }
  }

  /**
   * Makes the connections that the encrypted transports will need, so that no question waits for a
   * handshake. Does not block.
   */
  public void warmUp() {
    transports.warmUp();
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
    return transports
        .udp(Servers.literal(Endpoint.text(asked), List.of(asked)))
        .forward(query, deadlineNanos);
  }

  private Forwarder bootstrap(List<InetSocketAddress> resolvers) {
    for (InetSocketAddress resolver : resolvers) {
      String name = "bootstrap_resolver " + Endpoint.text(resolver);
      Path path = new Path(name, Path.DIRECT, "tcp+udp", family(resolver.getAddress()));
      Servers one = Servers.literal(name, List.of(resolver));
      bootstrapMembers.add(member(path, transports.udp(one)));
    }
    return group("bootstrap_resolver", "failover", bootstrapMembers);
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
    String transport = upstream.scheme().name().toLowerCase(Locale.ROOT).replace('_', '+');
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
    upstreams.values().forEach(it -> rows.add(it.status()));
    bootstrapMembers.stream().map(Member::status).filter(it -> it.asked() > 0).forEach(rows::add);
    return rows;
  }

  /** Closes every way to every upstream; calls under way fail. */
  @Override
  public void close() {
    upstreams.values().forEach(Member::close);
    bootstrapMembers.forEach(Member::close);
    transports.close();
  }
}
