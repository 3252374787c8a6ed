package dev.gander.front;

import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;

/** The end of a connection's handlers: what went wrong is counted, and ends the connection. */
final class Mishaps extends ChannelInboundHandlerAdapter {

  private static final System.Logger LOG = System.getLogger("dev.gander.front");

  private final Counters counters;
  private boolean handshakeFailed;
  private boolean counted;

  Mishaps(Counters counters) {
    this.counters = counters;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent done && !done.isSuccess()) {
      handshakeFailed = true;
      counters.add(Counter.DOOR_HANDSHAKES_FAILED); // closed behind the alert, not before it
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    boolean gone = cause instanceof IOException; // reset by the client
    boolean flood =
        cause instanceof Http2Exception http && http.error() == Http2Error.ENHANCE_YOUR_CALM;
    if (!gone && !flood && !handshakeFailed && !counted) {
      counted = true;
      counters.add(Counter.DOOR_CONNECTIONS_MALFORMED);
    }
    LOG.log(System.Logger.Level.DEBUG, () -> context.channel() + ": " + cause);
    // QUIC is about to tell the client why, and then ends by itself: closed now, it would be mute.
    if (!(context.channel() instanceof QuicChannel)) {
      var _ = context.close();
    }
  }
}
