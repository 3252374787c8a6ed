package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends numbered datagrams of all sizes to an echo server; what is lost is sent again. */
final class DatagramEchoClient extends ChannelInboundHandlerAdapter {

  private static final int IN_FLIGHT = 32;
  private static final int LONGEST = 1_200;

  /** Completes with the number of those that had to be sent again. */
  final CompletableFuture<Integer> done = new CompletableFuture<>();

  private final InetSocketAddress target;
  private final int total;
  private final BitSet waiting = new BitSet();
  private final BitSet back = new BitSet();
  private int next;
  private int again;
  private @Nullable ScheduledFuture<?> alarm;

  DatagramEchoClient(InetSocketAddress target, int total) {
    this.target = target;
    this.total = total;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    alarm =
        context
            .executor()
            .scheduleAtFixedRate(
                () -> {
                  waiting.stream().forEach(number -> send(context, number));
                  again += waiting.cardinality();
                  context.flush();
                },
                1,
                1,
                TimeUnit.SECONDS);
    more(context);
  }

  private void more(ChannelHandlerContext context) {
    while (next < total && waiting.cardinality() < IN_FLIGHT) {
      waiting.set(next);
      send(context, next++);
    }
    context.flush();
  }

  private void send(ChannelHandlerContext context, int number) {
    ByteBuf payload = context.alloc().buffer().writeInt(number);
    for (int left = number % LONGEST; left > 0; left--) {
      payload.writeByte(number + left);
    }
    var _ = context.write(new DatagramPacket(payload, target));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    DatagramPacket packet = (DatagramPacket) message;
    try {
      ByteBuf payload = packet.content();
      int number = payload.readInt();
      boolean fits = payload.readableBytes() == number % LONGEST;
      for (int left = number % LONGEST; fits && left > 0; left--) {
        fits = payload.readByte() == (byte) (number + left);
      }
      if (!fits) {
        done.completeExceptionally(new AssertionError("datagram " + number + " is another"));
      }
      if (!target.isUnresolved() && !packet.sender().equals(target)) {
        done.completeExceptionally(new AssertionError("from " + packet.sender()));
      }
      waiting.clear(number);
      back.set(number);
    } finally {
      packet.release();
    }
    if (back.cardinality() == total) {
      done.complete(again);
    }
    more(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A closed port says so by ICMP, as the server's does once it is killed.
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    ScheduledFuture<?> running = alarm;
    if (running != null) {
      running.cancel(false);
    }
    done.completeExceptionally(
        new IllegalStateException("closed after " + back.cardinality() + " datagrams"));
  }
}
