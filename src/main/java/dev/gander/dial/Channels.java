package dev.gander.dial;

import dev.gander.proxy.Exit;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The direct way out as Netty channels, for transports that are stacks of handlers: TLS, HTTP/2,
 * QUIC, and the protocols of proxies. One event-loop thread for all. Sockets belong to the network
 * namespace of the thread that asks for them. Any thread.
 */
public final class Channels implements Exit, AutoCloseable {

  /** The kernel's own patience is minutes; who asks has seconds. */
  private static final Duration CONNECT = Duration.ofSeconds(10);

  private static final int DATAGRAM_BUFFER = 1 << 20;

  private final SocketMark mark;
  private final EventLoopGroup loops;

  Channels(SocketMark mark) {
    this.mark = mark;
    loops =
        new MultiThreadIoEventLoopGroup(
            1,
            Thread.ofPlatform().daemon().name("gander-channels").factory(),
            EpollIoHandler.newFactory());
  }

  @Override
  public CompletableFuture<Channel> connect(InetSocketAddress server, ChannelHandler handlers) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loops)
            .channel(EpollSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT.toMillis())
            .handler(new Marked(handlers));
    return connected(bootstrap.connect(server), server);
  }

  /** A UDP socket connected to {@code server}, with room for a burst. */
  @Override
  public CompletableFuture<Channel> datagrams(InetSocketAddress server, ChannelHandler handlers) {
    boolean four = server.getAddress() instanceof Inet4Address;
    SocketProtocolFamily family = four ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loops)
            .channelFactory(() -> new EpollDatagramChannel(family))
            .option(ChannelOption.SO_RCVBUF, DATAGRAM_BUFFER)
            .handler(new Marked(handlers));
    return connected(bootstrap.connect(server), server);
  }

  private static CompletableFuture<Channel> connected(
      ChannelFuture connecting, InetSocketAddress server) {
    CompletableFuture<Channel> result = new CompletableFuture<>();
    var _ =
        connecting.addListener(done -> {
          if (!done.isSuccess()) {
            result.completeExceptionally(
                new IOException("cannot connect to " + server + ": " + reason(done.cause())));
          } else if (!result.complete(connecting.channel())) {
            var _ = connecting.channel().close();
          }
        });
    return result;
  }

  /** Netty's words repeat the address. */
  private static String reason(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    int colon = message.indexOf(": ");
    String reason = colon < 0 ? message : message.substring(0, colon);
    return reason
            .replaceFirst("^(finish)?[cC]onnect\\(\\.\\.\\) failed with error\\(-?\\d+\\)", "")
            .isEmpty()
        ? message.substring(colon + 2)
        : reason;
  }

  /** Ends the thread; every channel is closed. */
  @Override
  public void close() {
    var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** Sets the mark before anything leaves. */
  private final class Marked extends ChannelInitializer<Channel> {

    private final ChannelHandler handlers;

    Marked(ChannelHandler handlers) {
      this.handlers = handlers;
    }

    @Override
    protected void initChannel(Channel channel) throws IOException {
      mark.on(channel);
      channel.pipeline().addLast(handlers);
    }
  }
}
