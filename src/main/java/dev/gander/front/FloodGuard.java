package dev.gander.front;

import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * Ends a HTTP/2 connection that makes us work for nothing: pings, settings, and requests reset
 * before their response (RFC 9113 section 10.5, CVE-2023-44487, CVE-2019-9512, CVE-2019-9515).
 */
final class FloodGuard extends ChannelInboundHandlerAdapter {

  private final Guest guest;
  private final Counters counters;
  private boolean ended;

  FloodGuard(Guest guest, Counters counters) {
    this.guest = guest;
    this.counters = counters;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    boolean work =
        frame instanceof Http2ResetFrame
            || frame instanceof Http2SettingsFrame
            || (frame instanceof Http2PingFrame ping && !ping.ack());
    if (work && !ended && guest.annoys()) {
      ended = true;
      counters.add(Counter.DOOR_FLOODS_CUT);
      var _ =
          context
              .writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.ENHANCE_YOUR_CALM))
              .addListener(ChannelFutureListener.CLOSE);
    }
    if (ended) {
      ReferenceCountUtil.release(frame);
    } else {
      context.fireChannelRead(frame);
    }
  }
}
