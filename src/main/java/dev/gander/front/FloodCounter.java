package dev.gander.front;

import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameLogger;
import io.netty.handler.logging.LogLevel;

/**
 * Counts HTTP/2 connections that are ended as floods, by whoever noticed: {@link FloodGuard}, or
 * Netty, which bounds CONTINUATION and empty frames, and tells nobody but the client.
 */
final class FloodCounter extends Http2FrameLogger {

  private final Counters counters;
  private boolean counted;

  FloodCounter(Counters counters) {
    super(LogLevel.TRACE, FloodCounter.class);
    this.counters = counters;
  }

  @Override
  public void logGoAway(
      Direction direction,
      ChannelHandlerContext context,
      int lastStreamId,
      long errorCode,
      ByteBuf debugData) {
    boolean flood = errorCode == Http2Error.ENHANCE_YOUR_CALM.code();
    if (direction == Direction.OUTBOUND && flood && !counted) {
      counted = true;
      counters.add(Counter.DOOR_FLOODS_CUT);
    }
  }
}
