package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.Binding;
import dev.gander.config.GlobalSettings;
import dev.gander.config.Settings;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.dial.SocketTerms;
import dev.gander.forward.BootstrapResolvers;
import dev.gander.forward.ConfiguredUpstreams;
import dev.gander.group.GroupParts;
import dev.gander.group.Node;
import dev.gander.group.NodeExits;
import dev.gander.group.Nodes.Subscribed;
import dev.gander.kernel.HomeNamespace;
import dev.gander.observe.Counters;
import dev.gander.path.PathChoice;
import dev.gander.proxy.Lookup;
import dev.gander.proxy.ProxyTls;
import dev.gander.route.TrafficRouter;
import dev.gander.subscribe.SubscriptionNames;
import dev.gander.subscribe.SubscriptionParts;
import dev.gander.subscribe.Subscriptions;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;

/**
 * What gander's own questions leave the machine with, as one configuration says: sockets, threads
 * that wait for answers, bootstrap resolvers; and what is built on them. Each generation has one,
 * and so has a command that asks without a daemon.
 */
final class Outward implements AutoCloseable {

  private final ConfigurationSource.Loaded loaded;
  private final Surroundings surroundings;
  private final int generation;
  private final Counters counters;
  private final SocketTerms terms;
  private final Dialer dialer;
  private final ExecutorService threads;
  private final BootstrapResolvers bootstrap;

  Outward(
      ConfigurationSource.Loaded loaded,
      Surroundings surroundings,
      int generation,
      Counters counters) {
    this.loaded = loaded;
    this.surroundings = surroundings;
    this.generation = generation;
    this.counters = counters;
    terms = terms(settings().global());
    dialer = surroundings.dialer(terms, generation, counters);
    threads = surroundings.threads();
    bootstrap =
        new BootstrapResolvers(
            settings().global().bootstrapResolvers(),
            dialer,
            settings().dns().mixCase(),
            clock(),
            threads,
            counters);
  }

  /** What the file says outright must be done; the default mark is left out where it may not be. */
  private static SocketTerms terms(GlobalSettings global) {
    SocketMark mark = SocketMark.of(global.soMark() == SocketMark.DEFAULT ? 0 : global.soMark());
    return new SocketTerms(
        HomeNamespace.here(), mark, global.binding(), global.mptcp(), global.tcpFastOpen());
  }

  Settings settings() {
    return loaded.settings();
  }

  Clock clock() {
    return surroundings.clock();
  }

  Counters counters() {
    return counters;
  }

  /** Straight, with the configuration's own mark. */
  Dialer dialer() {
    return dialer;
  }

  /** Straight, with this mark, and bound as that says; the caller's. */
  Dialer dialer(int mark) {
    GlobalSettings global = settings().global();
    Binding binding = global.bindingByMark().getOrDefault(mark, global.binding());
    SocketTerms marked = terms.with(SocketMark.of(mark)).with(binding);
    return surroundings.dialer(marked, generation, counters);
  }

  /** Starts a virtual thread for each task. */
  ExecutorService threads() {
    return threads;
  }

  BootstrapResolvers bootstrap() {
    return bootstrap;
  }

  /** What fetches subscriptions. */
  SubscriptionParts subscriptionParts(SubscriptionNames names) {
    Path folder =
        Optional.ofNullable(Path.of(loaded.name()).toAbsolutePath().getParent())
            .orElse(Path.of("/"));
    return new SubscriptionParts(dialer.exit(), names, Optional.empty(), folder, clock(), threads);
  }

  /** The nodes of subscriptions as far as they are on disk; fetches nothing. */
  List<Subscribed> subscribedOnDisk() {
    if (settings().subscriptions().isEmpty()) {
      return List.of();
    }
    Subscriptions subscriptions =
        new Subscriptions(
            subscriptionParts((host, tag, deadline) -> {
              throw new IOException("nothing is fetched");
            }));
    return settings().subscriptions().stream()
        .flatMap(it -> subscriptions.atHand(it).stream())
        .toList();
  }

  /** For TLS with the servers of nodes. */
  ProxyTls proxyTls() {
    GlobalSettings global = settings().global();
    ProxyTls.Pieces pieces =
        new ProxyTls.Pieces(
            global.tlsFragmentLength().least(),
            global.tlsFragmentLength().most(),
            global.tlsFragmentInterval().least(),
            global.tlsFragmentInterval().most());
    return new ProxyTls(
        Optional.empty(),
        global.allowInsecure(),
        global.tlsFragment() ? Optional.of(pieces) : Optional.empty());
  }

  GroupParts groupParts(NodeExits exits, SecureRandom random) {
    return new GroupParts(exits, Optional.empty(), clock(), threads, random, counters);
  }

  /**
   * What traffic rules lead to; empty where there are none. The caller closes it before this.
   *
   * @param lookups the addresses of the servers of a node
   * @param subscribed nodes beside those of the file
   */
  Optional<WaysOut> ways(
      TrafficRouter rules, Function<Node, Lookup> lookups, List<Subscribed> subscribed) {
    return PathChoice.isNeeded(settings().routing())
        ? Optional.of(WaysOut.of(this, rules, lookups, subscribed))
        : Optional.empty();
  }

  /** The upstreams, asked over these ways; the caller closes them before the ways. */
  ConfiguredUpstreams upstreams(Optional<WaysOut> ways) {
    return new ConfiguredUpstreams(
        settings().dns(), bootstrap, dialer, ways.map(WaysOut::exits), clock(), threads, counters);
  }

  /** Interrupts the threads, and closes the sockets. */
  @Override
  public void close() {
    threads.shutdownNow();
    bootstrap.close();
    dialer.close();
  }
}
