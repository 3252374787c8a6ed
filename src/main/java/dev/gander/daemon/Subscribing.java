package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.Settings.Subscription;
import dev.gander.forward.BootstrapResolvers;
import dev.gander.group.Nodes.Subscribed;
import dev.gander.proxy.Exit;
import dev.gander.subscribe.SubscriptionNames;
import dev.gander.subscribe.SubscriptionParts;
import dev.gander.subscribe.Subscriptions;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Gets the subscriptions of a configuration for its generation. */
final class Subscribing {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");

  /** So long at most the start or a reload waits for what does not come. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private Subscribing() {}

  /** Blocks until all have come, or the patience is over; says in the log what has not. */
  static List<Subscribed> fetch(
      ConfigurationSource.Loaded loaded,
      Exit straight,
      BootstrapResolvers bootstrap,
      Clock clock,
      Executor threads) {
    List<Subscription> all = loaded.settings().subscriptions();
    if (all.isEmpty()) {
      return List.of();
    }
    Path folder =
        Optional.ofNullable(Path.of(loaded.name()).toAbsolutePath().getParent())
            .orElse(Path.of("/"));
    SubscriptionNames names =
        (host, tag, deadline) -> addresses(bootstrap.addressesOf(host), host, deadline, clock);
    Subscriptions subscriptions =
        new Subscriptions(
            new SubscriptionParts(straight, names, Optional.empty(), folder, clock, threads));
    try {
      Subscriptions.Fetched fetched =
          subscriptions.fetch(all, clock.nanoTime() + PATIENCE.toNanos());
      fetched.warnings().forEach(it -> LOG.log(Level.WARNING, it));
      return fetched.subscribed();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return subscriptions.kept(all);
    }
  }

  private static List<InetAddress> addresses(
      CompletableFuture<List<InetAddress>> lookup, String host, long deadlineNanos, Clock clock)
      throws IOException, InterruptedException {
    if (!clock.await(lookup, deadlineNanos)) {
      throw new IOException("no address of " + host + " in time");
    }
    if (lookup.state() != CompletableFuture.State.SUCCESS) {
      throw new IOException("no address of " + host + ": " + lookup.exceptionNow().getMessage());
    }
    return lookup.resultNow();
  }
}
