package dev.gander.dial;

import dev.gander.kernel.Errno;
import dev.gander.proxy.Exit;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A stream through an {@link Exit} that is asked like a socket which does not block. The owner is
 * told outside of the lock, for he asks again from there.
 */
final class ExitStream extends ChannelInboundHandlerAdapter implements Network.Stream {

  /** Bytes that wait to be read before the other side is made to wait, too. */
  private static final int MOST_WAITING = 1 << 17;

  private final Exit exit;
  private final Runnable ready;
  private final Deque<ByteBuf> arrived = new ArrayDeque<>();
  private int waiting;
  private boolean ended;
  private boolean closed;
  private boolean toRead;
  private boolean toWrite;
  private @Nullable String failure;
  private @Nullable Channel channel;
  private @Nullable CompletableFuture<Channel> connecting;

  ExitStream(Exit exit, Runnable ready) {
    this.exit = exit;
    this.ready = ready;
  }

  @Override
  public int connect(InetSocketAddress server) {
    CompletableFuture<Channel> begun = exit.connect(server, this);
    synchronized (this) {
      connecting = begun;
    }
    var _ = begun.whenComplete(this::connected);
    return Errno.EINPROGRESS;
  }

  private void connected(@Nullable Channel made, @Nullable Throwable why) {
    boolean late;
    synchronized (this) {
      channel = made;
      late = closed;
      if (why != null) {
        failure = String.valueOf(why.getMessage());
      }
    }
    if (late && made != null) {
      var _ = made.close();
    }
    tellIfReady();
  }

  @Override
  public synchronized @Nullable String failure() {
    return failure;
  }

  @Override
  public synchronized int read(byte[] into, int offset, int length) {
    ByteBuf first = arrived.peek();
    if (first == null) {
      if (failure != null || closed) {
        return -Errno.ENOTCONN;
      }
      return ended ? 0 : -Errno.EAGAIN;
    }
    int some = Math.min(length, first.readableBytes());
    first.readBytes(into, offset, some);
    waiting -= some;
    if (!first.isReadable()) {
      arrived.remove();
      first.release();
    }
    if (waiting < MOST_WAITING / 2 && channel != null && !channel.config().isAutoRead()) {
      var _ = channel.config().setAutoRead(true);
    }
    return some;
  }

  @Override
  public int write(byte[] from, int offset, int length) {
    Channel open;
    synchronized (this) {
      open = channel;
      if (open == null || closed || failure != null || !open.isActive()) {
        return -Errno.EPIPE;
      }
    }
    if (!open.isWritable()) {
      return -Errno.EAGAIN;
    }
    var _ = open.writeAndFlush(Unpooled.copiedBuffer(from, offset, length));
    return length;
  }

  @Override
  public void once(boolean read, boolean write) {
    synchronized (this) {
      toRead = read;
      toWrite = write;
    }
    tellIfReady();
  }

  private void tellIfReady() {
    synchronized (this) {
      boolean over = closed || ended || failure != null;
      boolean readable = toRead && (over || waiting > 0);
      boolean writable = toWrite && (over || (channel != null && channel.isWritable()));
      if (!readable && !writable) {
        return;
      }
      toRead = false;
      toWrite = false;
    }
    ready.run();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ReferenceCountUtil.release(message);
      return;
    }
    synchronized (this) {
      if (closed || !bytes.isReadable()) {
        bytes.release();
        return;
      }
      arrived.add(bytes);
      waiting += bytes.readableBytes();
      if (waiting > MOST_WAITING) {
        var _ = context.channel().config().setAutoRead(false);
      }
    }
    tellIfReady();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    tellIfReady();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    synchronized (this) {
      ended = true;
    }
    tellIfReady();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    synchronized (this) {
      failure = String.valueOf(cause.getMessage());
    }
    var _ = context.close();
    tellIfReady();
  }

  @Override
  public void close() {
    Channel open;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      arrived.forEach(ByteBuf::release);
      arrived.clear();
      waiting = 0;
      open = channel;
      if (open == null && connecting != null) {
        connecting.cancel(false);
      }
    }
    if (open != null) {
      var _ = open.close();
    }
  }
}
