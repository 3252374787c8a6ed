package dev.gander.front;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;

/**
 * DNS over HTTPS by HTTP/1.1: one request at a time on a connection that may stay open. Netty has
 * put each together.
 */
final class Http1Requests extends SimpleChannelInboundHandler<FullHttpRequest> {

  private final DohDesk desk;

  Http1Requests(DohDesk desk) {
    this.desk = desk;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    boolean broken = request.decoderResult().isFailure();
    // RFC 9112 section 3.2.
    boolean nameless =
        request.protocolVersion().equals(HttpVersion.HTTP_1_1)
            && !request.headers().contains(HttpHeaderNames.HOST);
    boolean last = broken || nameless || !HttpUtil.isKeepAlive(request);
    var _ = context.channel().config().setAutoRead(false); // responses come in order
    DohRequest asked =
        new DohRequest(
            request.method().asciiName(),
            request.uri(),
            request.headers().get(HttpHeaderNames.CONTENT_TYPE));
    if (broken || nameless) {
      respond(
          context,
          desk,
          desk.refuse(
              HttpResponseStatus.BAD_REQUEST,
              broken ? "this is no HTTP request" : "the field Host is missing"),
          false,
          true);
    } else if (asked.data(request.content())) {
      desk.serve(asked, response -> respond(context, desk, response, asked.head(), last));
    } else {
      respond(context, desk, desk.tooLong(), asked.head(), last);
    }
  }

  /**
   * Answers. On any thread.
   *
   * @param head whether the response has no body
   * @param last whether the connection ends with it
   */
  static void respond(
      ChannelHandlerContext context,
      DohDesk desk,
      DohResponse response,
      boolean head,
      boolean last) {
    ByteBuf body = head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(response.body());
    FullHttpResponse out =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, response.status(), body);
    for (int i = 0; i < response.fields().length; i += 2) {
      out.headers().set(response.fields()[i], response.fields()[i + 1]);
    }
    if (last) {
      out.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    ChannelFuture written = context.writeAndFlush(out);
    var _ =
        written.addListener(done -> {
          desk.written(done);
          var _ = context.channel().config().setAutoRead(true);
        });
    if (last) {
      var _ = written.addListener(ChannelFutureListener.CLOSE);
    }
  }
}
