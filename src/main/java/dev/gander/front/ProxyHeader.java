package dev.gander.front;

import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * For whom a proxy speaks: the PROXY protocol's header before all else, versions 1 and 2. Netty
 * decodes it; here it is made the client.
 */
final class ProxyHeader extends SimpleChannelInboundHandler<HAProxyMessage> {

  /** Lets the client in and puts the connection's other handlers behind this one. */
  @FunctionalInterface
  interface Next {
    void with(Channel channel, InetSocketAddress source, InetSocketAddress asked);
  }

  private static final System.Logger LOG = System.getLogger("dev.gander.front");

  private final Counters counters;
  private final Next next;

  ProxyHeader(Counters counters, Next next) {
    this.counters = counters;
    this.next = next;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HAProxyMessage header) {
    InetSocketAddress source = (InetSocketAddress) context.channel().remoteAddress();
    InetSocketAddress asked = (InetSocketAddress) context.channel().localAddress();
    // LOCAL: the proxy speaks for itself, to see whether we live.
    if (header.command() == HAProxyCommand.PROXY) {
      InetSocketAddress from = endpoint(header.sourceAddress(), header.sourcePort());
      InetSocketAddress to = endpoint(header.destinationAddress(), header.destinationPort());
      source = from == null ? source : from;
      asked = to == null ? asked : to;
    }
    next.with(context.channel(), source, asked);
    context.pipeline().remove(this);
  }

  /** Null for what is no IP address, such as a Unix socket. */
  private static @Nullable InetSocketAddress endpoint(@Nullable String address, int port) {
    if (address == null) {
      return null;
    }
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    counters.add(Counter.DOOR_PROXIES_REFUSED);
    LOG.log(
        System.Logger.Level.DEBUG,
        () -> context.channel() + " begins with no PROXY header: " + cause.getMessage());
    var _ = context.close();
  }
}
