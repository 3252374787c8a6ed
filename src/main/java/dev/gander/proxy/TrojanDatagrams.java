package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Trojan's datagrams: address, port, length, CRLF, payload. Event loop. */
final class TrojanDatagrams extends StreamDatagrams {

  private static final int CRLF = 0x0D0A;

  TrojanDatagrams(InetSocketAddress target) {
    super(target);
  }

  @Override
  protected void encode(ChannelHandlerContext context, DatagramPacket packet, ByteBuf out)
      throws IOException {
    AddressForm.SOCKS.write(out, target());
    out.writeShort(packet.content().readableBytes()).writeShort(CRLF).writeBytes(packet.content());
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    int start = in.readerIndex();
    @Nullable InetSocketAddress source = AddressForm.SOCKS.read(in);
    if (source == null || in.readableBytes() < 4) {
      in.readerIndex(start);
      return;
    }
    int length = in.readUnsignedShort();
    if (in.readUnsignedShort() != CRLF) {
      throw new IOException("it sent a datagram without CRLF behind its length");
    }
    if (in.readableBytes() < length) {
      in.readerIndex(start);
    } else if (isOf(target(), source)) {
      out.add(arrived(context, in.readRetainedSlice(length)));
    } else {
      in.skipBytes(length);
    }
  }
}
