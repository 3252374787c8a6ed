package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends datagrams of given lengths to an echo server, one after the other; again what is lost. */
final class LongDatagrams extends ChannelInboundHandlerAdapter {

  /** Completes when all are back as they went. */
  final CompletableFuture<Void> done = new CompletableFuture<>();

  private final InetSocketAddress target;
  private final int[] lengths;
  private int at;
  private @Nullable ScheduledFuture<?> alarm;

  LongDatagrams(InetSocketAddress target, int... lengths) {
    this.target = target;
    this.lengths = lengths;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    alarm = context.executor().scheduleAtFixedRate(() -> send(context), 0, 1, TimeUnit.SECONDS);
  }

  private void send(ChannelHandlerContext context) {
    if (at < lengths.length) {
      ByteBuf payload = context.alloc().buffer(lengths[at]);
      for (int i = 0; i < lengths[at]; i++) {
        payload.writeByte(i * 31 + at);
      }
      var _ = context.writeAndFlush(new DatagramPacket(payload, target));
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    DatagramPacket packet = (DatagramPacket) message;
    ByteBuf payload = packet.content();
    boolean fits = at < lengths.length && payload.readableBytes() == lengths[at];
    for (int i = 0; fits && i < lengths[at]; i++) {
      fits = payload.getByte(payload.readerIndex() + i) == (byte) (i * 31 + at);
    }
    packet.release();
    if (!fits) {
      // What was sent twice comes twice.
      return;
    }
    at++;
    if (at == lengths.length) {
      done.complete(null);
    } else {
      send(context);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    ScheduledFuture<?> running = alarm;
    if (running != null) {
      running.cancel(false);
    }
    done.completeExceptionally(new IllegalStateException("closed after " + at + " datagrams"));
  }
}
