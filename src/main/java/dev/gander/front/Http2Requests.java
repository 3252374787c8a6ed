package dev.gander.front;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import org.jspecify.annotations.Nullable;

/**
 * The frames of one HTTP/2 connection, made requests and responses. Streams have no channels, as
 * Netty's multiplexer would give them: those cost more than a query does. The event loop's.
 */
final class Http2Requests extends Http2EventAdapter {

  private final Http2Door door;
  private final DohDesk desk;
  private final Http2Connection.PropertyKey request;
  private final ChannelFutureListener written;

  Http2Requests(Http2Door door, DohDesk desk) {
    this.door = door;
    this.desk = desk;
    request = door.connection().newKey();
    written = desk::written;
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean endStream) {
    onHeadersRead(context, streamId, headers, padding, endStream);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int streamId,
      Http2Headers headers,
      int padding,
      boolean endStream) {
    Http2Stream stream = door.connection().stream(streamId);
    if (stream == null || door.ended()) {
      return;
    }
    DohRequest known = stream.getProperty(request);
    if (known == null) {
      if (!door.refused(context, stream)) {
        begin(context, stream, headers, endStream);
      }
    } else if (endStream) { // trailers, which say nothing to us
      whole(context, stream, known);
    }
  }

  private void begin(
      ChannelHandlerContext context, Http2Stream stream, Http2Headers headers, boolean endStream) {
    CharSequence path = headers.path(); // CONNECT has none, nor an end
    DohRequest made =
        new DohRequest(
            headers.method(), path == null ? "" : path, headers.get(HttpHeaderNames.CONTENT_TYPE));
    stream.setProperty(request, made);
    if (endStream || path == null) {
      whole(context, stream, made);
    } else if (waits(headers.get(HttpHeaderNames.EXPECT))) {
      Http2Headers goOn =
          ReadOnlyHttp2Headers.serverHeaders(false, HttpResponseStatus.CONTINUE.codeAsText());
      var _ =
          door.encoder().writeHeaders(context, stream.id(), goOn, 0, false, context.newPromise());
    }
  }

  /** Whether the client sends the body only when told so, RFC 9110 section 10.1.1. */
  private static boolean waits(@Nullable CharSequence expect) {
    return expect != null && HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expect);
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean endStream) {
    int length = data.readableBytes() + padding;
    Http2Stream stream = door.connection().stream(streamId);
    DohRequest made = stream == null || door.ended() ? null : stream.getProperty(request);
    if (made != null && stream != null) {
      if (!made.data(data)) {
        tooLong(context, stream, made);
      } else if (endStream) {
        whole(context, stream, made);
      }
    }
    return length;
  }

  /** Answers, and then says that the rest may stay where it is (RFC 9113 section 8.1). */
  private void tooLong(ChannelHandlerContext context, Http2Stream stream, DohRequest made) {
    if (made.claim()) {
      ChannelFutureListener reset =
          _ -> {
            if (door.connection().stream(stream.id()) != null) {
              var _ =
                  door.resetStream(
                      context, stream.id(), Http2Error.NO_ERROR.code(), context.newPromise());
              var _ = context.flush();
              door.annoyed(context);
            }
          };
      var _ = respond(context, stream, made, desk.tooLong()).addListener(reset);
    }
  }

  private void whole(ChannelHandlerContext context, Http2Stream stream, DohRequest made) {
    if (!made.claim()) {
      return;
    }
    desk.serve(
        made,
        response -> {
          if (context.executor().inEventLoop()) {
            var _ =
                respond(context, stream, made, response); // leaves with all that was read together
          } else {
            context
                .executor()
                .execute(() -> {
                  var _ = respond(context, stream, made, response);
                  door.flush(context); // what flow control holds, too
                });
          }
        });
  }

  private ChannelFuture respond(
      ChannelHandlerContext context, Http2Stream stream, DohRequest made, DohResponse response) {
    Http2Headers headers =
        ReadOnlyHttp2Headers.serverHeaders(
            false, response.status().codeAsText(), response.fields());
    boolean head = made.head();
    ChannelPromise promise = context.newPromise().addListener(written);
    Http2ConnectionEncoder encoder = door.encoder();
    if (head) {
      return encoder.writeHeaders(context, stream.id(), headers, 0, true, promise);
    }
    var _ = encoder.writeHeaders(context, stream.id(), headers, 0, false, context.newPromise());
    return encoder.writeData(
        context, stream.id(), Unpooled.wrappedBuffer(response.body()), 0, true, promise);
  }

  /** A request taken back, CVE-2023-44487. */
  @Override
  public void onRstStreamRead(ChannelHandlerContext context, int streamId, long errorCode) {
    door.annoyed(context);
  }

  /** CVE-2019-9515. */
  @Override
  public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings) {
    door.annoyed(context);
  }

  /** CVE-2019-9512. */
  @Override
  public void onPingRead(ChannelHandlerContext context, long data) {
    door.annoyed(context);
  }
}
