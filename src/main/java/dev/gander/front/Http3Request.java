package dev.gander.front;

import dev.gander.observe.Counter;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicStreamChannel;
import org.jspecify.annotations.Nullable;

/** One request of DNS over HTTPS by HTTP/3, on its stream. The event loop's. */
final class Http3Request extends Http3RequestStreamInboundHandler {

  private final DohDesk desk;
  private @Nullable DohRequest request;

  Http3Request(DohDesk desk) {
    this.desk = desk;
  }

  /** The request's; trailers after it say nothing to us. */
  @Override
  protected void channelRead(ChannelHandlerContext context, Http3HeadersFrame frame) {
    if (request == null) {
      Http3Headers headers = frame.headers();
      CharSequence path = headers.path(); // CONNECT has none
      request =
          new DohRequest(
              headers.method(),
              path == null ? "" : path,
              headers.get(HttpHeaderNames.CONTENT_TYPE));
    }
  }

  @Override
  protected void channelRead(ChannelHandlerContext context, Http3DataFrame frame) {
    try {
      if (request != null && !request.data(frame.content()) && request.claim()) {
        respond(context, request, desk.tooLong());
      }
    } finally {
      frame.release();
    }
  }

  @Override
  protected void channelInputClosed(ChannelHandlerContext context) {
    DohRequest whole = request;
    if (whole != null && whole.claim()) {
      desk.serve(whole, response -> respond(context, whole, response));
    }
  }

  /** On any thread. */
  private void respond(ChannelHandlerContext context, DohRequest asked, DohResponse response) {
    DefaultHttp3HeadersFrame head = new DefaultHttp3HeadersFrame();
    head.headers().status(response.status().codeAsText());
    for (int i = 0; i < response.fields().length; i += 2) {
      head.headers().add(response.fields()[i], response.fields()[i + 1]);
    }
    ChannelFuture written;
    if (asked.head()) {
      written = context.writeAndFlush(head);
    } else {
      var _ = context.write(head);
      written =
          context.writeAndFlush(new DefaultHttp3DataFrame(Unpooled.wrappedBuffer(response.body())));
    }
    var _ = written.addListener(desk::written);
    var _ = written.addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
  }

  /** What goes wrong on a stream ends it, and counts as one taken back: RFC 9114 section 10.5. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (desk.guest().annoys()) {
      desk.counters().add(Counter.DOOR_FLOODS_CUT);
      var _ = desk.guest().channel().close();
    }
    var _ = context.close();
  }
}
