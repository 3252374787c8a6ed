package dev.gander.front;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.controller.QueryController;
import dev.gander.kernel.KernelException;
import dev.gander.listen.Desk;
import dev.gander.listen.Limits;
import dev.gander.message.Transport;
import dev.gander.observe.Counters;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Errors;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * One listener for clients by TLS, HTTPS, HTTP/3 or QUIC, or by plain TCP behind a proxy. Netty's
 * event loops read and answer what needs no waiting; one virtual thread looks for silent
 * connections. Any thread may call.
 */
public final class FrontDoor implements AutoCloseable {

  /** Where the configuration says nothing: clients of these keep connections. */
  public static final Limits LIMITS = new Limits(1024, 256, 128, Duration.ofSeconds(30));

  private static final int BACKLOG = 512;
  private static final int DATAGRAM_BUFFER = 1 << 21;
  private static final Duration SWEEP = Duration.ofSeconds(1);

  private final Channel server;
  private final DoorLoops loops;
  private final Guests guests;
  private final Clock clock;
  private volatile Terms terms;
  private volatile boolean started;
  private volatile boolean closed;

  private FrontDoor(
      Transport transport,
      InetSocketAddress address,
      Terms terms,
      Limits limits,
      DoorLoops loops,
      Supplier<QueryController> controllers,
      Counters counters,
      Clock clock) {
    this.terms = terms;
    this.clock = clock;
    guests = new Guests(limits, transport, counters, clock);
    this.loops = loops;
    boolean http = transport == Transport.HTTPS || transport == Transport.H3;
    boolean quic = transport == Transport.QUIC || transport == Transport.H3;
    DoorParts parts =
        new DoorParts(http, this::terms, guests, new Desk(controllers, !http), counters, clock);
    EventLoopGroup group = loops.enter();
    ChannelFuture bound =
        quic ? datagrams(address, parts, group) : connections(address, parts, group);
    var _ = bound.awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loops.leave();
      throw refused(transport, address, bound.cause());
    }
    server = bound.channel();
  }

  private Terms terms() {
    return terms;
  }

  private ChannelFuture connections(
      InetSocketAddress address, DoorParts parts, EventLoopGroup group) {
    return new ServerBootstrap()
        .group(group)
        .channelFactory(() -> new EpollServerSocketChannel(family(address)))
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .option(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childHandler(new TcpStack(parts))
        .bind(address);
  }

  private ChannelFuture datagrams(
      InetSocketAddress address, DoorParts parts, EventLoopGroup group) {
    return new Bootstrap()
        .group(group)
        .channelFactory(() -> new EpollDatagramChannel(family(address)))
        .option(ChannelOption.SO_RCVBUF, DATAGRAM_BUFFER)
        .option(ChannelOption.AUTO_READ, false)
        .handler(new QuicStack(parts).codec())
        .bind(address);
  }

  private static SocketProtocolFamily family(InetSocketAddress address) {
    boolean four = address.getAddress() instanceof Inet4Address;
    return four ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
  }

  private static KernelException refused(
      Transport transport, InetSocketAddress address, Throwable cause) {
    int errno = cause instanceof Errors.NativeIoException known ? -known.expectedErr() : 0;
    return new KernelException(
        "bind " + transport + " " + Endpoint.text(address) + ": " + cause.getMessage(), errno);
  }

  /**
   * A listener that takes no connection before {@link #start}.
   *
   * @param transport TCP, TLS, HTTPS, H3 or QUIC
   * @param address its port may be 0, for any free one; {@code ::} is every address of both
   *     families
   * @throws KernelException with EADDRINUSE, EADDRNOTAVAIL or EACCES; with 0 if it failed in
   *     another way
   */
  public static FrontDoor bind(
      Transport transport,
      InetSocketAddress address,
      Terms terms,
      Limits limits,
      DoorLoops loops,
      Supplier<QueryController> controllers,
      Counters counters,
      Clock clock) {
    return new FrontDoor(transport, address, terms, limits, loops, controllers, counters, clock);
  }

  /** The address and port it is bound to. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.localAddress();
  }

  /** Connections open now. */
  public int connections() {
    return guests.count();
  }

  /** Begins to accept. Once. */
  public void start() {
    started = true;
    var _ = server.config().setAutoRead(true);
    Thread.ofVirtual().name("gander-door-sweep").start(this::sweep);
  }

  /** Connections that come from now on get these terms. */
  public void adopt(Terms next) {
    terms = next;
  }

  private void sweep() {
    try {
      while (!closed || guests.count() > 0) {
        clock.sleep(SWEEP);
        guests.sweep();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end();
    }
  }

  private void end() {
    var _ = server.close().addListener(closed -> loops.leave());
  }

  /**
   * Accepts nothing more and returns; connections end once what was asked on them is answered, or
   * when they have been silent for the idle time.
   */
  @Override
  public void close() {
    closed = true;
    guests.drain();
    if (!started) {
      end();
      return;
    }
    // The socket of QUIC carries the replies that are still to come.
    if (!(server instanceof EpollDatagramChannel)) {
      var _ = server.close().awaitUninterruptibly();
    }
  }
}
