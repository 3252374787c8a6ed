package dev.gander.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** Asks for the addresses of a name that everybody has (RFC 1035), over UDP or TCP. */
final class DnsProbe extends ChannelInboundHandlerAdapter {

  private static final String[] NAME = {"connectivitycheck", "gstatic", "com"};

  private final Probe.Dns probe;
  private final int id;
  private final CompletableFuture<Void> answered;

  /** What TCP has brought so far: the length, id and flags are all that is looked at. */
  private final ByteBuf head = Unpooled.buffer(5, 5);

  DnsProbe(Probe.Dns probe, int id, CompletableFuture<Void> answered) {
    this.probe = probe;
    this.id = id;
    this.answered = answered;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) throws Exception {
    ask(context.channel());
    super.channelActive(context);
  }

  /** Sends the query, perhaps once more. Any thread. */
  void ask(Channel channel) {
    ByteBuf query = Unpooled.buffer(64);
    query.writeShort(id).writeShort(0x0100).writeShort(1).writeZero(6);
    for (String label : NAME) {
      query.writeByte(label.length()).writeBytes(label.getBytes(StandardCharsets.US_ASCII));
    }
    query.writeByte(0).writeShort(1).writeShort(1);
    if (probe.tcp()) {
      ByteBuf length = Unpooled.buffer(2).writeShort(query.readableBytes());
      var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(length, query));
    } else {
      var _ = channel.writeAndFlush(new DatagramPacket(query, probe.target()));
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (message instanceof DatagramPacket packet) {
        look(packet.content(), 0);
      } else if (message instanceof ByteBuf bytes) {
        int more = Math.min(head.writableBytes(), bytes.readableBytes());
        head.writeBytes(bytes, more);
        look(head, 2);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void look(ByteBuf message, int at) {
    // A datagram that came out of a proxy's wrapping does not begin at index 0.
    int start = message.readerIndex() + at;
    if (message.readableBytes() >= at + 3
        && message.getUnsignedShort(start) == id
        && (message.getByte(start + 2) & 0x80) != 0) {
      answered.complete(null);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    super.channelInactive(context);
    answered.completeExceptionally(new IOException("the connection was closed without an answer"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    answered.completeExceptionally(cause);
  }
}
