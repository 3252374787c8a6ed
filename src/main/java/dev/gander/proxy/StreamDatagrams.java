package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.ByteToMessageCodec;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Datagrams in a stream of bytes. As on every network, those that come faster than they leave are
 * lost: nothing piles up behind a slow server. Event loop.
 */
abstract class StreamDatagrams extends ByteToMessageCodec<DatagramPacket> {

  /** What UDP over IPv4 carries. */
  static final int LONGEST = 65_507;

  private final InetSocketAddress target;

  StreamDatagrams(InetSocketAddress target) {
    super(DatagramPacket.class);
    this.target = target;
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    if (refuses(context, message, promise, LONGEST)) {
      return;
    }
    super.write(context, message, promise);
  }

  /** Drops a datagram that finds the way blocked, or that is longer than what is carried. */
  static boolean refuses(
      ChannelHandlerContext context, Object message, ChannelPromise promise, int longest) {
    boolean fits =
        message instanceof DatagramPacket one && one.content().readableBytes() <= longest;
    if (fits && context.channel().isWritable()) {
      return false;
    }
    ReferenceCountUtil.release(message);
    promise.tryFailure(
        new IOException(
            fits ? "a datagram is dropped: the way is blocked" : "a datagram is too long"));
    return true;
  }

  final DatagramPacket arrived(ChannelHandlerContext context, ByteBuf payload) {
    return arrived(context, payload, target);
  }

  /** A datagram of the target's. */
  static DatagramPacket arrived(
      ChannelHandlerContext context, ByteBuf payload, InetSocketAddress target) {
    SocketAddress local = context.channel().localAddress();
    return new DatagramPacket(
        payload, local instanceof InetSocketAddress address ? address : null, target);
  }

  /**
   * Whether a datagram is the target's, as a connected socket hears one sender only. Where that is
   * a name, its address is not known.
   */
  static boolean isOf(InetSocketAddress target, InetSocketAddress source) {
    return target.isUnresolved() ? source.getPort() == target.getPort() : source.equals(target);
  }

  final InetSocketAddress target() {
    return target;
  }
}
