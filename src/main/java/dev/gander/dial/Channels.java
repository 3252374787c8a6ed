package dev.gander.dial;

import dev.gander.config.Endpoint;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.TcpSocket;
import dev.gander.kernel.UdpSocket;
import dev.gander.proxy.Exit;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The direct way out as Netty channels, for transports that are stacks of handlers: TLS, HTTP/2,
 * QUIC, and the protocols of proxies. One event-loop thread for all. Any thread.
 */
public final class Channels implements Exit, AutoCloseable {

  /** The kernel's own patience is minutes; who asks has seconds. */
  private static final Duration CONNECT = Duration.ofSeconds(10);

  private static final Pattern SYSTEM_CALL =
      Pattern.compile("^(finishC|c)onnect\\(\\.\\.\\) failed with error\\(-?\\d+\\): ");

  private final Sockets sockets;
  private final EventLoopGroup loops;

  Channels(Sockets sockets) {
    this.sockets = sockets;
    loops =
        new MultiThreadIoEventLoopGroup(
            1,
            Thread.ofPlatform().daemon().name("gander-channels").factory(),
            EpollIoHandler.newFactory());
  }

  @Override
  public CompletableFuture<Channel> connect(InetSocketAddress server, ChannelHandler handlers) {
    IpFamily family = IpFamily.of(server.getAddress());
    try (TcpSocket socket = sockets.tcp(family)) {
      Bootstrap bootstrap =
          new Bootstrap()
              .group(loops)
              .channelFactory(() -> {
                EpollSocketChannel channel = new EpollSocketChannel(netty(family));
                socket.takePlaceOf(channel.fd().intValue());
                return channel;
              })
              .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT.toMillis())
              .handler(handlers);
      return connected(bootstrap.connect(server), server);
    } catch (IOException e) {
      return refused(server, e);
    }
  }

  /** A UDP socket connected to {@code server}, with room for a burst. */
  @Override
  public CompletableFuture<Channel> datagrams(InetSocketAddress server, ChannelHandler handlers) {
    IpFamily family = IpFamily.of(server.getAddress());
    try (UdpSocket socket = sockets.udp(family, EnumSet.of(UdpSocket.Option.NON_BLOCKING))) {
      Bootstrap bootstrap =
          new Bootstrap()
              .group(loops)
              .channelFactory(() -> {
                EpollDatagramChannel channel = new EpollDatagramChannel(netty(family));
                socket.takePlaceOf(channel.fd().intValue());
                return channel;
              })
              .handler(handlers);
      return connected(bootstrap.connect(server), server);
    } catch (IOException e) {
      return refused(server, e);
    }
  }

  private static SocketProtocolFamily netty(IpFamily family) {
    return family == IpFamily.IPV4 ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
  }

  private static CompletableFuture<Channel> refused(InetSocketAddress server, IOException why) {
    return CompletableFuture.failedFuture(
        new IOException(cannotConnect(server, String.valueOf(why.getMessage())), why));
  }

  private static CompletableFuture<Channel> connected(
      ChannelFuture connecting, InetSocketAddress server) {
    CompletableFuture<Channel> result = new CompletableFuture<>();
    var _ =
        connecting.addListener(done -> {
          if (!done.isSuccess()) {
            result.completeExceptionally(
                new IOException(cannotConnect(server, reason(done.cause(), server))));
          } else if (!result.complete(connecting.channel())) {
            var _ = connecting.channel().close();
          }
        });
    return result;
  }

  private static String cannotConnect(InetSocketAddress server, String why) {
    return "cannot connect to " + Endpoint.text(server) + ": " + why;
  }

  /** Netty's words name the system call before the reason, and the address behind it. */
  private static String reason(Throwable cause, InetSocketAddress server) {
    String message = cause.getMessage();
    String address = ": " + server;
    return switch (cause) {
      // Of this Netty has no words of the kernel's.
      case NoRouteToHostException _ -> "No route to host";
      case Throwable _ when message == null -> "it was given up";
      default ->
          SYSTEM_CALL
              .matcher(
                  message.endsWith(address)
                      ? message.substring(0, message.length() - address.length())
                      : message)
              .replaceFirst("");
    };
  }

  /** Ends the thread; every channel is closed. */
  @Override
  public void close() {
    var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
