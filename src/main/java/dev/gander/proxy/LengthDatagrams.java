package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.List;

/** VLESS's datagrams: length, payload. Event loop. */
final class LengthDatagrams extends StreamDatagrams {

  LengthDatagrams(InetSocketAddress target) {
    super(target);
  }

  @Override
  protected void encode(ChannelHandlerContext context, DatagramPacket packet, ByteBuf out) {
    out.writeShort(packet.content().readableBytes()).writeBytes(packet.content());
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (in.readableBytes() >= 2) {
      int length = in.getUnsignedShort(in.readerIndex());
      if (in.readableBytes() >= 2 + length) {
        out.add(arrived(context, in.skipBytes(2).readRetainedSlice(length)));
      }
    }
  }
}
