package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The request of a protocol whose server answers it with the target's bytes only: it goes ahead of
 * the first bytes of who uses the channel, in one piece with them so that its length tells nothing,
 * or alone where a moment passes without any. Then it leaves the pipeline. Event loop.
 */
final class RequestAhead extends ChannelDuplexHandler {

  /** Where the target speaks first, this is what it costs. */
  private static final int MOMENT_MILLIS = 50;

  private final Function<ByteBufAllocator, ByteBuf> request;
  private @Nullable ScheduledFuture<?> alone;
  private boolean gone;

  /**
   * @param request made when it leaves
   */
  RequestAhead(Function<ByteBufAllocator, ByteBuf> request) {
    this.request = request;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    alone =
        context
            .executor()
            .schedule(
                () -> {
                  if (!gone) {
                    gone = true;
                    var _ = context.writeAndFlush(request.apply(context.alloc()));
                    context.pipeline().remove(this);
                  }
                },
                MOMENT_MILLIS,
                TimeUnit.MILLISECONDS);
    context.fireChannelActive();
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (gone) {
      // The first write is still under way, and has let its writer write again.
      var _ = context.write(message, promise);
      return;
    }
    gone = true;
    ByteBuf head = request.apply(context.alloc());
    var _ = context.write(Unpooled.wrappedBuffer(head, (ByteBuf) message), promise);
    context.pipeline().remove(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    gone = true;
    ScheduledFuture<?> alarm = alone;
    if (alarm != null) {
      alarm.cancel(false);
    }
  }
}
