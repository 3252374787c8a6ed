package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/** VMess's datagrams: each is one chunk. Event loop. */
final class ChunkDatagrams extends ChannelDuplexHandler {

  private final InetSocketAddress target;

  ChunkDatagrams(InetSocketAddress target) {
    this.target = target;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    context.fireChannelRead(StreamDatagrams.arrived(context, (ByteBuf) message, target));
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (!StreamDatagrams.refuses(context, message, promise, VmessSealer.PAYLOAD)) {
      var _ = context.write(((DatagramPacket) message).content(), promise);
    }
  }
}
