package dev.gander.listen;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.controller.QueryController;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Queries by TCP (RFC 7766), of {@code dns.bind} or handed over by the datapath: pipelined,
 * answered out of order, bounded in every direction. One virtual thread accepts, one looks for
 * silent connections, one serves each.
 */
public final class TcpListener implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.listen");
  private static final int BACKLOG = 512;
  private static final int SWEEPS_PER_IDLE = 10;
  private static final Duration AFTER_FAILURE = Duration.ofMillis(100);

  private final ServerSocketChannel server;
  private final InetSocketAddress address;
  private final TcpConnections connections;
  private final Limits limits;
  private final Clock clock;
  private @Nullable Thread acceptor;

  private TcpListener(
      ServerSocketChannel server,
      Limits limits,
      @Nullable IdentitySource identities,
      Supplier<QueryController> controllers,
      Counters counters,
      Clock clock)
      throws IOException {
    this.server = server;
    this.address = (InetSocketAddress) server.getLocalAddress();
    this.limits = limits;
    this.clock = clock;
    connections = new TcpConnections(limits, identities, controllers, counters, clock);
  }

  /**
   * A listener that takes no query before {@link #start}.
   *
   * @param address its port may be 0, for any free one; {@code ::} is every address of both
   *     families
   * @throws KernelException with EADDRINUSE, EADDRNOTAVAIL or EACCES; with 0 if it failed in
   *     another way
   */
  public static TcpListener bind(
      InetSocketAddress address,
      Limits limits,
      Supplier<QueryController> controllers,
      Counters counters,
      Clock clock) {
    return bind(address, limits, null, controllers, counters, clock);
  }

  /**
   * A listener for connections the datapath hands over; takes none before {@link #start}. Call it
   * on a thread of the namespace where they arrive.
   *
   * @param address every address of the namespace, and the port clients ask
   * @param identities knows each client, or its connection is closed at once
   * @throws KernelException as {@link #bind}
   */
  public static TcpListener intercepted(
      InetSocketAddress address,
      IdentitySource identities,
      Supplier<QueryController> controllers,
      Counters counters,
      Clock clock) {
    return bind(address, Limits.INTERCEPTED, identities, controllers, counters, clock);
  }

  private static TcpListener bind(
      InetSocketAddress address,
      Limits limits,
      @Nullable IdentitySource identities,
      Supplier<QueryController> controllers,
      Counters counters,
      Clock clock) {
    boolean four = address.getAddress() instanceof Inet4Address;
    try {
      // By default the JDK makes sockets of both families, for which 0.0.0.0 would be ::.
      ServerSocketChannel server =
          ServerSocketChannel.open(
              four ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
      try {
        server.bind(address, BACKLOG);
        return new TcpListener(server, limits, identities, controllers, counters, clock);
      } catch (IOException e) {
        server.close();
        throw e;
      }
    } catch (IOException e) {
      throw new KernelException(
          "bind TCP " + Endpoint.text(address) + ": " + e.getMessage(), errno(e));
    }
  }

  /** The JDK tells the error only in words, those of strerror(3). */
  private static int errno(IOException e) {
    String words = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    if (words.contains("already in use")) {
      return Errno.EADDRINUSE;
    }
    if (words.contains("cannot assign")) {
      return Errno.EADDRNOTAVAIL;
    }
    return words.contains("permission denied") ? Errno.EACCES : 0;
  }

  /** The address and port it is bound to. */
  public InetSocketAddress address() {
    return address;
  }

  /** Connections open now. */
  public int connections() {
    return connections.count();
  }

  /** Begins to accept. Once. */
  public void start() {
    String name = "gander-tcp-" + address.getPort();
    acceptor = Thread.ofVirtual().name(name + "-accept").start(this::accept);
    Thread.ofVirtual().name(name + "-sweep").start(this::sweep);
  }

  private void accept() {
    try {
      while (server.isOpen()) {
        acceptOne();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void acceptOne() throws InterruptedException {
    SocketChannel channel;
    try {
      channel = server.accept();
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    } catch (ClosedChannelException e) {
      return;
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "cannot accept on " + Endpoint.text(address) + ": " + e.getMessage());
      clock.sleep(AFTER_FAILURE);
      return;
    }
    connections.accepted(channel);
  }

  private void sweep() {
    try {
      while (server.isOpen() || connections.count() > 0) {
        clock.sleep(limits.idle().dividedBy(SWEEPS_PER_IDLE));
        connections.sweep();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Accepts nothing more and returns; connections end once what was asked on them is answered, or
   * when they have been silent for the idle time.
   */
  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING, "closing " + Endpoint.text(address) + ": " + e.getMessage());
    }
    // The JDK keeps the socket until the thread that accepts has left it.
    Threads.join(acceptor);
    connections.drain();
  }
}
