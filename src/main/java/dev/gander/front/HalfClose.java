package dev.gander.front;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;

/**
 * The end of what a client asks, by a close_notify of TLS or by TCP, as one more thing to read: an
 * event would overtake the queries that wait in line to be read.
 */
final class HalfClose extends ChannelDuplexHandler {

  /** Comes behind the last query; more than once where TLS and TCP end one after the other. */
  record End() {}

  private boolean nothingLeft;

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    boolean ended = event instanceof ChannelInputShutdownEvent;
    nothingLeft |= ended;
    if (ended || (event instanceof SslCloseCompletionEvent close && close.isSuccess())) {
      context.fireChannelRead(new End());
    }
    context.fireUserEventTriggered(event);
  }

  /** A socket whose input has ended is known to epoll no longer: to read it would be an error. */
  @Override
  public void read(ChannelHandlerContext context) {
    if (!nothingLeft) {
      context.read();
    }
  }
}
