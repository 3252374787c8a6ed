package dev.gander.dial;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.gander.clock.Clock;
import dev.gander.kernel.Errno;
import dev.gander.proxy.Exit;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams through an {@link Exit}: for each server a channel of its own, made when it is first
 * sent to, again after it has ended, and closed when it is not used. Any thread.
 */
final class ExitDatagrams implements Network.Datagrams {

  /** Servers at a time; what falls out closes. */
  private static final int MOST = 256;

  private static final Duration IDLE = Duration.ofMinutes(2);

  private final Exit exit;
  private final Network.DatagramOwner owner;
  private final Cache<InetSocketAddress, CompletableFuture<Channel>> channels;
  private volatile boolean closed;

  ExitDatagrams(Exit exit, Network.DatagramOwner owner, Clock clock) {
    this.exit = exit;
    this.owner = owner;
    channels =
        Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterAccess(IDLE)
            .ticker(clock::nanoTime)
            .executor(Runnable::run)
            .<InetSocketAddress, CompletableFuture<Channel>>removalListener(ExitDatagrams::removed)
            .build();
  }

  @Override
  public int send(byte[] message, InetSocketAddress to) {
    if (closed) {
      return Errno.EBADF;
    }
    CompletableFuture<Channel> made = channels.get(to, this::open);
    var _ =
        made.whenComplete((channel, failure) -> {
          if (channel != null && channel.isActive()) {
            var _ = channel.writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(message), to));
          } else {
            channels.asMap().remove(to, made);
            owner.bounced(message, to, failure == null ? "closed" : reason(failure));
          }
        });
    return 0;
  }

  private CompletableFuture<Channel> open(InetSocketAddress to) {
    return exit.datagrams(to, new Arrivals());
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure.getCause();
    return String.valueOf((cause == null ? failure : cause).getMessage());
  }

  private static void removed(
      @Nullable InetSocketAddress server,
      @Nullable CompletableFuture<Channel> channel,
      RemovalCause cause) {
    if (channel != null) {
      var _ =
          channel.thenAccept(open -> {
            var _ = open.close();
          });
    }
  }

  @Override
  public void close() {
    closed = true;
    channels.invalidateAll();
  }

  private final class Arrivals extends SimpleChannelInboundHandler<DatagramPacket> {

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
      owner.arrived(ByteBufUtil.getBytes(packet.content()), packet.sender());
    }

    /** The next question makes a new channel. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var _ = context.close();
    }
  }
}
