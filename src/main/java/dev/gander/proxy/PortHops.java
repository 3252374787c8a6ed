package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.node.ProxyServer.Ports;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server on many ports of which now one is used and then another (v2.hysteria.network, port
 * hopping), each from a socket of its own: to the server this looks like a NAT that forgets, which
 * QUIC bears. Any thread.
 */
final class PortHops {

  private static final long STAY_NANOS = Duration.ofSeconds(30).toNanos();

  private final List<Ports> ranges;
  private final int total;
  private final SecureRandom random;
  private final Clock clock;

  PortHops(List<Ports> ranges, SecureRandom random, Clock clock) {
    this.ranges = ranges;
    this.random = random;
    this.clock = clock;
    total = ranges.stream().mapToInt(it -> it.last() - it.first() + 1).sum();
  }

  /** The server at any of its ports. */
  InetSocketAddress any(InetSocketAddress server) {
    int left = random.nextInt(total);
    int port = server.getPort();
    for (Ports range : ranges) {
      int size = range.last() - range.first() + 1;
      if (left >= 0 && left < size) {
        port = range.first() + left;
      }
      left -= size;
    }
    return server.isUnresolved()
        ? InetSocketAddress.createUnresolved(server.getHostString(), port)
        : new InetSocketAddress(server.getAddress(), port);
  }

  /**
   * The first handler of a channel of datagrams, which sends what leaves there by others.
   *
   * @param below the way to the server
   */
  ChannelHandler over(Exit below, InetSocketAddress server) {
    return new Hopping(below, server);
  }

  /** Event loop. */
  private final class Hopping extends ChannelDuplexHandler {

    private final Exit below;
    private final InetSocketAddress server;
    private InetSocketAddress there;
    private Clock.@Nullable Alarm alarm;
    private @Nullable Channel current;
    private @Nullable Channel before;
    private boolean over;

    Hopping(Exit below, InetSocketAddress server) {
      this.below = below;
      this.server = server;
      there = server;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      wait(context);
      context.fireChannelActive();
    }

    private void wait(ChannelHandlerContext context) {
      alarm =
          clock.alarm(
              clock.nanoTime() + STAY_NANOS, () -> context.executor().execute(() -> hop(context)));
    }

    private void hop(ChannelHandlerContext context) {
      if (over) {
        return;
      }
      InetSocketAddress next = any(server);
      var _ =
          below
              .datagrams(next, new Arrivals(context))
              .whenComplete(
                  (channel, _) -> context.executor().execute(() -> hopped(context, channel, next)));
    }

    /** Where it fails the port before goes on. What is still under way to it may come. */
    private void hopped(
        ChannelHandlerContext context, @Nullable Channel channel, InetSocketAddress next) {
      if (over) {
        end(channel);
        return;
      }
      if (channel != null) {
        end(before);
        before = current;
        current = channel;
        there = next;
      }
      wait(context);
    }

    private static void end(@Nullable Channel channel) {
      if (channel != null) {
        var _ = channel.close();
      }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      Channel by = current;
      if (by == null || !by.isActive() || !(message instanceof DatagramPacket packet)) {
        var _ = context.write(message, promise);
        return;
      }
      var _ = by.write(new DatagramPacket(packet.content(), there));
      boolean _ = promise.trySuccess();
    }

    @Override
    public void flush(ChannelHandlerContext context) {
      Channel by = current;
      if (by != null) {
        var _ = by.flush();
      }
      context.flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      over = true;
      Clock.Alarm set = alarm;
      if (set != null) {
        set.cancel();
      }
      end(before);
      end(current);
      context.fireChannelInactive();
    }
  }

  /** What comes by another port goes where that of the first does. */
  private static final class Arrivals extends ChannelInboundHandlerAdapter {

    private final ChannelHandlerContext first;

    Arrivals(ChannelHandlerContext first) {
      this.first = first;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (first.executor().inEventLoop()) {
        first.fireChannelRead(message);
      } else {
        first.executor().execute(() -> first.fireChannelRead(message));
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (first.executor().inEventLoop()) {
        first.fireChannelReadComplete();
      } else {
        first.executor().execute(first::fireChannelReadComplete);
      }
    }

    /** A port where nobody listens: the one before is used until the next hop. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
      var _ = context.close();
    }
  }
}
