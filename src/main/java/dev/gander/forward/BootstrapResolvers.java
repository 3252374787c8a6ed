package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.dial.Dialer;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Who knows the addresses of upstreams and of proxy servers that are written as names. Asked
 * straight, by no rule: the way to anything else may depend on them. Any thread.
 */
public final class BootstrapResolvers implements AutoCloseable {

  private final Transports transports;
  private final List<Member> members = new ArrayList<>();
  private final NameCache names;

  /**
   * @param resolvers at least one
   * @param dialer straight; stays the caller's, who closes it after this
   * @param mixCase the key {@code 0x20}
   * @param threads starts virtual threads; stays the caller's
   */
  public BootstrapResolvers(
      List<InetSocketAddress> resolvers,
      Dialer dialer,
      boolean mixCase,
      Clock clock,
      Executor threads,
      Counters counters) {
    transports = new Transports(dialer, true, mixCase, threads, clock, counters);
    for (InetSocketAddress resolver : resolvers) {
      String name = "bootstrap_resolver " + Endpoint.text(resolver);
      String family = resolver.getAddress() instanceof Inet6Address ? "6" : "4";
      Path path = new Path(name, Path.DIRECT, "tcp+udp", family);
      Servers one = Servers.literal(name, List.of(resolver));
      members.add(new Member(path, transports.udp(one), clock, threads, counters));
    }
    Contest.Rules rules =
        new Contest.Rules(
            "bootstrap_resolver", Policy.FAILOVER, 1, new HedgeBudget(), clock, threads, counters);
    names = new NameCache(new MemberGroup(rules, members), threads, clock);
  }

  /** The addresses of a host with this port, looked up when needed and again after their TTL. */
  Servers.Source source(String host, int port) {
    return names.source(host, port);
  }

  /**
   * The addresses of a host; does not block.
   *
   * @return completes with at least one, else with an {@link IOException}
   */
  public CompletableFuture<List<InetAddress>> addressesOf(String host) {
    return names.addressesOf(host);
  }

  /** How those do that were asked. */
  List<UpstreamStatus> status() {
    return members.stream().map(Member::status).filter(it -> it.asked() > 0).toList();
  }

  @Override
  public void close() {
    members.forEach(Member::close);
    transports.close();
  }
}
