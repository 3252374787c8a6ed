package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Bytes to and from one target in a session of AnyTLS, which carries no other meanwhile: so it may
 * hold up the whole session while nobody reads. Event loop.
 */
final class AnytlsStream extends InnerChannel {

  private final AnytlsSession session;
  private final Deque<ByteBuf> arrived = new ArrayDeque<>();
  private boolean wanted;
  private boolean theirEnd;

  AnytlsStream(AnytlsSession session, int number, InetSocketAddress target) {
    super(session.channel(), number, target, ByteBuf.class);
    this.session = session;
  }

  /** Whether the server has ended it. */
  boolean theirEnd() {
    return theirEnd;
  }

  @Override
  void send(ChannelOutboundBuffer waiting) {
    while (waiting.current() instanceof ByteBuf next && parent().isWritable()) {
      ByteBuf some = next.readRetainedSlice(Math.min(AnytlsFrames.MOST, next.readableBytes()));
      waiting.progress(some.readableBytes());
      session.push(this, some);
      if (!next.isReadable()) {
        boolean _ = waiting.remove();
      }
    }
  }

  /** Bytes came; taken over. */
  void arrived(ByteBuf bytes) {
    arrived.add(bytes);
    deliver();
    if (!arrived.isEmpty()) {
      session.pause();
    }
  }

  /** The server has ended it. */
  void finished() {
    theirEnd = true;
    deliver();
  }

  @Override
  void wanted() {
    wanted = true;
    session.resume();
    if (!arrived.isEmpty() || theirEnd) {
      // Not now: who asks may be in the midst of something.
      eventLoop().execute(this::deliver);
    }
  }

  private void deliver() {
    if (wanted && !arrived.isEmpty()) {
      wanted = false;
      for (ByteBuf next = arrived.poll(); next != null; next = arrived.poll()) {
        pipeline().fireChannelRead(next);
      }
      pipeline().fireChannelReadComplete();
    }
    if (theirEnd && arrived.isEmpty()) {
      var _ = close();
    }
  }

  @Override
  void ended() {
    arrived.forEach(ByteBuf::release);
    arrived.clear();
    session.ended(this);
  }
}
