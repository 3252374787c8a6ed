package dev.gander.front;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameStreamException;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * Ends a HTTP/2 connection that makes us work for nothing: pings, settings, requests reset before
 * their response, by the client or by us for its faults (RFC 9113 section 10.5, CVE-2023-44487,
 * CVE-2019-9512, CVE-2019-9515, CVE-2025-8671). {@link FloodCounter} counts what is ended.
 */
final class FloodGuard extends ChannelInboundHandlerAdapter {

  private final Guest guest;
  private boolean ended;

  FloodGuard(Guest guest) {
    this.guest = guest;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    boolean work =
        frame instanceof Http2ResetFrame
            || frame instanceof Http2SettingsFrame
            || (frame instanceof Http2PingFrame ping && !ping.ack());
    if (work) {
      annoyed(context);
    }
    if (ended) {
      ReferenceCountUtil.release(frame);
    } else {
      context.fireChannelRead(frame);
    }
  }

  /** An error of one stream is a reset that the client makes us send. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof Http2FrameStreamException) {
      annoyed(context);
    }
    context.fireExceptionCaught(cause);
  }

  private void annoyed(ChannelHandlerContext context) {
    if (!ended && guest.annoys()) {
      ended = true;
      var _ =
          context
              .writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.ENHANCE_YOUR_CALM))
              .addListener(ChannelFutureListener.CLOSE);
    }
  }
}
