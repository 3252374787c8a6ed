package dev.gander.encrypted;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * Hands the frames of an HTTP/2 connection to its session; keeps what the server has said of the
 * connection before there was one. The event loop's.
 */
final class Http2Frames extends Http2EventAdapter {

  private final String server;
  private @Nullable Http2Session session;
  private long allowed = Http2Session.ALLOWED_AT_FIRST;
  private @Nullable SessionException end;
  private boolean goneAway;
  private int lastStreamId;
  private String failure = "";

  Http2Frames(String server) {
    this.server = server;
  }

  /** From now on the session hears of it; what was before it hears at once. */
  void forSession(Http2Session made) {
    session = made;
    made.allow(allowed);
    if (goneAway) {
      made.goneAway(lastStreamId, failure);
    }
    if (end != null) {
      made.because(end);
    }
  }

  /** Something below HTTP/2 went wrong; the connection is about to end. */
  void failed(Throwable cause) {
    SessionException refusal = CertificateAlert.in(cause, server);
    end =
        refusal == null
            ? SessionException.ended("HTTP/2 with " + server + " failed: " + cause.getMessage())
            : refusal;
    if (session != null) {
      session.because(end);
    }
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings) {
    Long streams = settings.maxConcurrentStreams();
    if (streams != null) {
      allowed = streams;
    }
    if (session != null) {
      session.allow(allowed);
    }
  }

  @Override
  public void onGoAwayRead(
      ChannelHandlerContext context, int lastStreamId, long errorCode, ByteBuf debugData) {
    goneAway = true;
    this.lastStreamId = lastStreamId;
    failure = errorCode == 0 ? "" : " (" + errorCode + ")";
    if (session != null) {
      session.goneAway(lastStreamId, failure);
    }
  }

  /** What did not fit into the connection's window goes on when the server has made room. */
  @Override
  public void onWindowUpdateRead(ChannelHandlerContext context, int streamId, int increment) {
    if (session != null && streamId == Http2CodecUtil.CONNECTION_STREAM_ID) {
      session.next();
    }
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
    if (session != null) {
      session.headers(streamId, headers, endStream);
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean endStream) {
    int length = data.readableBytes() + padding;
    if (session != null) {
      session.data(streamId, data, endStream);
    }
    return length;
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext context, int streamId, long errorCode) {
    if (session != null) {
      session.reset(streamId, errorCode);
    }
  }

  @Override
  public void onStreamClosed(Http2Stream stream) {
    if (session != null) {
      session.closed(stream.id());
    }
  }
}
