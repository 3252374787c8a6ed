package dev.gander.front;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;

/**
 * The end of a connection by TCP, so that our last word arrives, be it an alert, a GOAWAY or a 400.
 * Closing a socket over bytes that nobody has read resets the connection, and the client loses what
 * it had not read (RFC 9112 section 9.6). So our half closes first, what still comes is thrown
 * away, and the rest closes with the client's half, beyond a bound, or when {@link Guests} has
 * waited long enough. The first of a connection's handlers; the event loop's.
 */
final class Farewell extends ChannelDuplexHandler {

  /** What a client may have sent before it hears that nobody listens. */
  private static final int MOST = 1 << 20;

  private final Guest guest;
  private boolean leaving;
  private int thrownAway;

  Farewell(Guest guest) {
    this.guest = guest;
  }

  /** Ends a connection whose client has not hung up. Any thread. */
  static void over(Channel channel) {
    ChannelHandlerContext context = channel.pipeline().context(Farewell.class);
    if (context != null) {
      var _ = context.close();
    }
  }

  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) {
    DuplexChannel channel = (DuplexChannel) context.channel();
    if (!leaving && (!channel.isActive() || channel.isInputShutdown())) {
      var _ = context.close(promise);
      return;
    }
    var _ = channel.closeFuture().addListener(_ -> promise.trySuccess());
    if (leaving) {
      return; // several handlers close for one reason
    }
    leaving = true;
    guest.leaves();
    var _ =
        context
            .writeAndFlush(Unpooled.EMPTY_BUFFER) // behind all that is still to leave
            .addListener(_ -> {
              var _ = channel.shutdownOutput();
            });
    var _ = channel.config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    if (!leaving) {
      context.fireChannelRead(bytes);
      return;
    }
    thrownAway += bytes instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
    ReferenceCountUtil.release(bytes);
    if (thrownAway > MOST) {
      var _ = context.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (leaving && event instanceof ChannelInputShutdownEvent) {
      var _ = context.close();
    } else {
      context.fireUserEventTriggered(event);
    }
  }
}
