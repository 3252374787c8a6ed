package dev.gander.proxy;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Shows QUIC one address for the server and one for this side, whatever they are: a proxy below may
 * take the server's name, which QUIC does not, and may not say where datagrams arrive. Event loop.
 */
final class Aliases extends ChannelDuplexHandler {

  /** Of the documentation's range: neither ever goes on the wire. */
  static final InetSocketAddress HERE =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 443);

  static final InetSocketAddress THERE =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.2"), 443);

  private final InetSocketAddress server;

  Aliases(InetSocketAddress server) {
    this.server = server;
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    Object sent =
        message instanceof DatagramPacket packet
            ? new DatagramPacket(packet.content(), server)
            : message;
    var _ = context.write(sent, promise);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    context.fireChannelRead(
        message instanceof DatagramPacket packet
            ? new DatagramPacket(packet.content(), HERE, THERE)
            : message);
  }
}
