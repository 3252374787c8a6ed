package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings;
import dev.gander.dial.Dialer;
import dev.gander.observe.Counters;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * The addresses of hosts that gander itself must reach, asked of the upstream that a rule names.
 * That is always asked straight: the way through a node may depend on the answer. Any thread.
 */
public final class OwnNames implements AutoCloseable {

  private final BootstrapResolvers bootstrap;
  private final ConfiguredUpstreams straight;
  private final Executor threads;
  private final Clock clock;
  private final Map<String, NameCache> byUpstream = new ConcurrentHashMap<>();

  /**
   * Asks nobody yet.
   *
   * @param bootstrap answers where no rule names anybody; stays the caller's
   * @param dialer straight; stays the caller's, who closes it after this
   * @param threads starts virtual threads; stays the caller's
   */
  public OwnNames(
      DnsSettings settings,
      BootstrapResolvers bootstrap,
      Dialer dialer,
      Clock clock,
      Executor threads,
      Counters counters) {
    this.bootstrap = bootstrap;
    this.threads = threads;
    this.clock = clock;
    straight =
        new ConfiguredUpstreams(
            settings, bootstrap, dialer, Optional.empty(), clock, threads, counters);
  }

  /**
   * The addresses of a host; does not block.
   *
   * @param upstream the upstream or group that a rule names
   * @return completes with at least one, else with an {@link java.io.IOException}
   */
  public CompletableFuture<List<InetAddress>> addressesOf(String host, Optional<String> upstream) {
    return upstream
        .map(name -> byUpstream.computeIfAbsent(name, this::asking).addressesOf(host))
        .orElseGet(() -> bootstrap.addressesOf(host));
  }

  private NameCache asking(String upstream) {
    return new NameCache(
        (query, deadline) -> straight.ask(query, upstream, deadline).answer(), threads, clock);
  }

  @Override
  public void close() {
    straight.close();
  }
}
