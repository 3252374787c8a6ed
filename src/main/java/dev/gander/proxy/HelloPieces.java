package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Cuts the first record of a TLS handshake, the ClientHello, into several (RFC 8446 section 5.1)
 * and sends each by itself, some time after the one before; what is written behind it waits. Stands
 * before TLS, and leaves the pipeline when the last has left. Event loop.
 */
final class HelloPieces extends ChannelDuplexHandler {

  private static final int HANDSHAKE = 0x16;

  /** Type and version; the length follows. */
  private static final int HEAD = 3;

  private static final int HEADER = HEAD + 2;

  private record Written(Object message, ChannelPromise promise) {}

  private final ProxyTls.Pieces terms;
  private final RandomGenerator random;
  private final Deque<Written> waiting = new ArrayDeque<>();
  private boolean begun;
  private boolean paused;

  HelloPieces(ProxyTls.Pieces terms, RandomGenerator random) {
    this.terms = terms;
    this.random = random;
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (begun) {
      waiting.add(new Written(message, promise));
      return;
    }
    begun = true;
    cut(context, (ByteBuf) message, promise);
  }

  /** The record in pieces, and behind it what else was written with it. */
  private void cut(ChannelHandlerContext context, ByteBuf bytes, ChannelPromise promise) {
    int start = bytes.readerIndex();
    if (bytes.readableBytes() < HEADER || bytes.getByte(start) != HANDSHAKE) {
      waiting.add(new Written(bytes, promise));
      return;
    }
    int left = Math.min(bytes.getUnsignedShort(start + HEAD), bytes.readableBytes() - HEADER);
    bytes.skipBytes(HEADER);
    while (left > 0) {
      int length = Math.min(left, between(terms.leastBytes(), terms.mostBytes()));
      ByteBuf piece = context.alloc().buffer(HEADER + length);
      piece.writeBytes(bytes, start, HEAD).writeShort(length).writeBytes(bytes, length);
      waiting.add(new Written(piece, context.newPromise()));
      left -= length;
    }
    if (bytes.isReadable()) {
      waiting.add(new Written(bytes, promise));
      return;
    }
    bytes.release();
    Written last = waiting.removeLast();
    waiting.add(new Written(last.message(), promise));
  }

  private int between(int least, int most) {
    return random.nextInt(least, most + 1);
  }

  @Override
  public void flush(ChannelHandlerContext context) {
    if (!paused) {
      send(context);
    }
  }

  private void send(ChannelHandlerContext context) {
    paused = false;
    int millis = 0;
    while (millis == 0 && !waiting.isEmpty()) {
      Written first = waiting.remove();
      var _ = context.writeAndFlush(first.message(), first.promise());
      millis = waiting.isEmpty() ? 0 : between(terms.leastMillis(), terms.mostMillis());
    }
    if (waiting.isEmpty() && begun) {
      context.pipeline().remove(this);
    } else if (millis > 0) {
      paused = true;
      var _ = context.executor().schedule(() -> send(context), millis, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    for (Written left = waiting.poll(); left != null; left = waiting.poll()) {
      ReferenceCountUtil.release(left.message());
      left.promise().setFailure(new ClosedChannelException());
    }
  }
}
