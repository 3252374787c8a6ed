package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** Sends bytes to an echo server and checks what comes back, all the time in both directions. */
final class EchoClient extends ChannelInboundHandlerAdapter {

  /** Of a prime length, so that a lost or doubled piece of any usual size is seen. */
  private static final byte[] PATTERN = new byte[65_521];

  static {
    new Random(1).nextBytes(PATTERN);
  }

  /**
   * Sent and not back yet. microsocks reads from the server only while the client is silent, and
   * would stand still for good once the buffers of both directions are full.
   */
  private static final int IN_FLIGHT = 1 << 18;

  /** Completes with all of it back; else with what went wrong. */
  final CompletableFuture<Void> done = new CompletableFuture<>();

  /** Completes once the first bytes are back. */
  final CompletableFuture<Void> begun = new CompletableFuture<>();

  private final long total;
  private long sent;
  private long received;
  private int actives;

  EchoClient(long total) {
    this.total = total;
  }

  /** Fails as the opening of its channel does. */
  void failsWith(CompletableFuture<Channel> opening) {
    var _ =
        opening.whenComplete((_, failure) -> {
          if (failure != null) {
            done.completeExceptionally(failure);
          }
        });
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    actives++;
    send(context);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    send(context);
  }

  private void send(ChannelHandlerContext context) {
    if (actives == 0) {
      return;
    }
    while (sent < total && sent - received < IN_FLIGHT && context.channel().isWritable()) {
      int at = (int) (sent % PATTERN.length);
      int length = (int) Math.min(PATTERN.length - at, total - sent);
      sent += length;
      var _ = context.write(Unpooled.wrappedBuffer(PATTERN, at, length));
    }
    context.flush();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      if (actives != 1) {
        done.completeExceptionally(new AssertionError("active " + actives + " times"));
      }
      while (in.isReadable()) {
        int at = (int) (received % PATTERN.length);
        int length = Math.min(PATTERN.length - at, in.readableBytes());
        if (!in.readSlice(length).equals(Unpooled.wrappedBuffer(PATTERN, at, length))) {
          done.completeExceptionally(new AssertionError("other bytes near " + received));
        }
        received += length;
      }
      begun.complete(null);
      if (received == total) {
        done.complete(null);
      }
    } finally {
      in.release();
    }
    send(context);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    done.completeExceptionally(new IllegalStateException("closed after " + received + " bytes"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    done.completeExceptionally(cause);
    var _ = context.close();
  }
}
