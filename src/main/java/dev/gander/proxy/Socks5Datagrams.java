package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Datagrams as a SOCKS 5 relay has them (RFC 1928 section 7); fragments are dropped. */
final class Socks5Datagrams extends DatagramWrapper {

  Socks5Datagrams(InetSocketAddress relay, InetSocketAddress target) {
    super(relay, target);
  }

  @Override
  ByteBuf wrapped(ChannelHandlerContext context, ByteBuf payload, InetSocketAddress to)
      throws IOException {
    ByteBuf header = context.alloc().buffer().writeZero(3);
    try {
      AddressForm.SOCKS.write(header, to);
    } catch (IOException e) {
      header.release();
      payload.release();
      throw e;
    }
    return Unpooled.wrappedBuffer(header, payload);
  }

  @Override
  @Nullable Unwrapped unwrapped(ChannelHandlerContext context, ByteBuf datagram) {
    InetSocketAddress from = from(datagram);
    if (from == null) {
      datagram.release();
      return null;
    }
    return new Unwrapped(datagram, from);
  }

  /** The sender, who stands in front of the payload; null if this is no whole datagram. */
  static @Nullable InetSocketAddress from(ByteBuf datagram) {
    if (datagram.readableBytes() < 3 || datagram.getByte(datagram.readerIndex() + 2) != 0) {
      return null;
    }
    datagram.skipBytes(3);
    try {
      return AddressForm.SOCKS.read(datagram);
    } catch (IOException e) {
      return null;
    }
  }
}
