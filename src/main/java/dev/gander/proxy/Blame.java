package dev.gander.proxy;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.CodecException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The last of a protocol's handlers, where the tunnel stands as soon as there is a connection: says
 * which server is to blame for what goes wrong on it, and ends it. Event loop.
 */
final class Blame extends ChannelDuplexHandler {

  private final String who;
  private final String doubt;
  private boolean active;
  private boolean heard;
  private boolean ended;

  /**
   * @param who the server
   * @param doubt what may be wrong if it ends the connection without a word
   */
  Blame(Hop who, String doubt) {
    this.who = who.toString();
    this.doubt = doubt;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    active = true;
    context.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    heard = true;
    context.fireChannelRead(message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    if (!active) {
      context.fireExceptionCaught(failure);
      return;
    }
    if (!ended) {
      ended = true;
      context.fireExceptionCaught(new IOException(who + ": " + reason(failure), failure));
    }
    var _ = context.close();
  }

  private static String reason(Throwable failure) {
    @Nullable Throwable cause = failure instanceof CodecException ? failure.getCause() : failure;
    return String.valueOf((cause == null ? failure : cause).getMessage());
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (active && !heard && !ended) {
      ended = true;
      context.fireExceptionCaught(
          new IOException(who + " closed the connection without a word: " + doubt));
    }
    context.fireChannelInactive();
  }

  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) {
    ended = true;
    var _ = context.close(promise);
  }
}
