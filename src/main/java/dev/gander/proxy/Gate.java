package dev.gander.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Stands behind the handlers of a proxy's protocol until they say that the channel is active; then
 * those of who uses it take its place. Not before: another address of the proxy may have to be
 * tried, and a handler can be of one channel only. Event loop.
 */
final class Gate extends ChannelInboundHandlerAdapter {

  private final String failed;
  private final ChannelHandler handlers;
  private final CompletableFuture<Channel> standing;

  /**
   * @param failed how errors begin: who did not reach whom
   * @param handlers of who uses the channel
   * @param standing completed here
   */
  Gate(String failed, ChannelHandler handlers, CompletableFuture<Channel> standing) {
    this.failed = failed;
    this.handlers = handlers;
    this.standing = standing;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (standing.isDone()) {
      var _ = context.close();
      return;
    }
    context.pipeline().addAfter(context.name(), null, handlers);
    context.fireChannelActive();
    context.pipeline().remove(this);
    if (!standing.complete(context.channel())) {
      var _ = context.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(context, "it closed the connection");
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ReferenceCountUtil.release(message);
    fail(context, "it sent data before its time");
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    // Of those in front: nobody behind has begun.
    ReferenceCountUtil.release(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    fail(context, reason(failure));
  }

  private void fail(ChannelHandlerContext context, String reason) {
    standing.completeExceptionally(new IOException(failed + ": " + reason));
    var _ = context.close();
  }

  private static String reason(Throwable failure) {
    @Nullable Throwable cause = failure instanceof DecoderException ? failure.getCause() : failure;
    return cause instanceof IOException ? String.valueOf(cause.getMessage()) : failure.toString();
  }
}
