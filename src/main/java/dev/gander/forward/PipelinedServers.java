package dev.gander.forward;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.gander.clock.Clock;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The servers that are asked over streams, by address. Bounded, for {@code asis} makes a server of
 * any address a client may ask; what falls out closes its connections. Any thread.
 */
final class PipelinedServers implements AutoCloseable {

  private static final int MOST = 1024;

  private final PipelinedServer.Opener opener;
  private final IntSupplier ids;
  private final Executor threads;
  private final Clock clock;
  private final Cache<InetSocketAddress, PipelinedServer> byAddress =
      Caffeine.newBuilder()
          .maximumSize(MOST)
          .executor(Runnable::run)
          .<InetSocketAddress, PipelinedServer>removalListener(PipelinedServers::removed)
          .build();

  /**
   * @param ids message IDs nobody can foretell
   * @param threads starts virtual threads
   */
  PipelinedServers(PipelinedServer.Opener opener, IntSupplier ids, Executor threads, Clock clock) {
    this.opener = opener;
    this.ids = ids;
    this.threads = threads;
    this.clock = clock;
  }

  PipelinedServer to(InetSocketAddress server) {
    return byAddress.get(
        server, address -> new PipelinedServer(address, opener, ids, threads, clock));
  }

  private static void removed(
      @Nullable InetSocketAddress address, @Nullable PipelinedServer server, RemovalCause cause) {
    if (server != null) {
      server.close();
    }
  }

  @Override
  public void close() {
    byAddress.invalidateAll();
  }
}
