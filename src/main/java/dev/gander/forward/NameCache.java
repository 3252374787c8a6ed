package dev.gander.forward;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.gander.clock.Clock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Addresses of hosts, asked of one forwarder and kept as long as they hold. Any thread. */
final class NameCache {

  /** How long a name may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** More than the hosts of any configuration; what falls out is looked up again. */
  private static final int MOST_NAMES = 4096;

  private final Forwarder forwarder;
  private final Executor threads;
  private final Clock clock;
  private final Cache<String, ResolvedName> names =
      Caffeine.newBuilder().maximumSize(MOST_NAMES).executor(Runnable::run).build();

  NameCache(Forwarder forwarder, Executor threads, Clock clock) {
    this.forwarder = forwarder;
    this.threads = threads;
    this.clock = clock;
  }

  /** The addresses of a host with this port, looked up when needed and again after their TTL. */
  ResolvedName source(String host, int port) {
    return new ResolvedName(host, port, forwarder, threads, clock);
  }

  /**
   * The addresses of a host; does not block.
   *
   * @return completes with at least one, else with an {@link IOException}
   */
  CompletableFuture<List<InetAddress>> addressesOf(String host) {
    CompletableFuture<List<InetAddress>> result = new CompletableFuture<>();
    ResolvedName name = names.get(host, it -> source(it, 0));
    try {
      threads.execute(() -> resolve(name, result));
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(new IOException("gander is stopping"));
    }
    return result;
  }

  private void resolve(ResolvedName name, CompletableFuture<List<InetAddress>> result) {
    try {
      result.complete(
          name.addresses(clock.nanoTime() + PATIENCE.toNanos()).stream()
              .map(InetSocketAddress::getAddress)
              .toList());
    } catch (IOException | RuntimeException e) {
      result.completeExceptionally(e);
    } catch (InterruptedException e) {
      result.completeExceptionally(new IOException("gander is stopping"));
    }
  }
}
