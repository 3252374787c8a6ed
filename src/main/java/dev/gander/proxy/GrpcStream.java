package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.io.IOException;

/**
 * One call of a gRPC service with messages in both directions: the only stream of an HTTP/2
 * connection. Netty's handlers for many streams are found in a pipeline by their class, and who
 * uses the channel may have them too; so this is the one below them. Event loop.
 */
final class GrpcStream extends Http2ConnectionHandler {

  /** The first stream that a client opens. */
  private static final int STREAM = 1;

  private static final int WINDOW = 1 << 20;

  /** As much as Netty lets wait in a channel by default. */
  private static final int MOST_WAITING = 1 << 16;

  /** A place among a channel's bits of who holds writes back. */
  private static final int BLOCKED = 16;

  private static final int LONGEST_SAID = 80;

  private final Http2Headers request;
  private int waiting;
  private boolean held;

  private GrpcStream(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings,
      Http2Headers request) {
    super(decoder, encoder, settings, true);
    this.request = request;
  }

  /** Adds all that gRPC needs. */
  static void addTo(ChannelPipeline pipeline, String scheme, String authority, String service) {
    Http2Headers request =
        new DefaultHttp2Headers()
            .method("POST")
            .scheme(scheme)
            .authority(authority)
            .path("/" + service + "/Tun")
            .set("content-type", "application/grpc")
            .set("te", "trailers");
    GrpcStream stream = new Builder(request).made();
    pipeline.addLast(stream, new GrpcMessages(stream::begin));
  }

  /** Makes it as Netty wants it made. */
  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<GrpcStream, Builder> {

    private final Http2Headers request;

    Builder(Http2Headers request) {
      this.request = request;
    }

    GrpcStream made() {
      server(false);
      initialSettings(Http2Settings.defaultSettings().pushEnabled(false).initialWindowSize(WINDOW));
      frameListener(new Frames());
      return build();
    }

    @Override
    protected GrpcStream build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      return new GrpcStream(decoder, encoder, settings, request);
    }
  }

  /** Opens the stream, once HTTP/2 has begun. */
  private void begin(ChannelHandlerContext behind) {
    ChannelHandlerContext context = behind.pipeline().context(this);
    try {
      Http2LocalFlowController flow = connection().local().flowController();
      flow.incrementWindowSize(
          connection().connectionStream(),
          WINDOW - flow.windowSize(connection().connectionStream()));
    } catch (Http2Exception e) {
      context.fireExceptionCaught(e);
    }
    var _ = encoder().writeHeaders(context, STREAM, request, 0, false, context.newPromise());
    flush(context);
  }

  /** What the server's window holds back is not in the channel's own account: it is kept here. */
  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    int length = ((ByteBuf) message).readableBytes();
    waiting(context, length);
    var _ =
        encoder()
            .writeData(context, STREAM, (ByteBuf) message, 0, false, promise.unvoid())
            .addListener(_ -> waiting(context, -length));
  }

  private void waiting(ChannelHandlerContext context, int change) {
    waiting += change;
    hold(context, waiting > MOST_WAITING);
  }

  /**
   * Netty's flow control writes nothing to a channel that is held: for it, it is let go. But only
   * where the server takes something: who flushes whenever he is told that he may write would be
   * told so by his own flush, over and over.
   */
  @Override
  public void flush(ChannelHandlerContext context) {
    if (held && serverTakesSome()) {
      hold(context, false);
    }
    super.flush(context);
    hold(context, waiting > MOST_WAITING);
  }

  private boolean serverTakesSome() {
    Http2RemoteFlowController flow = encoder().flowController();
    Http2Stream stream = connection().stream(STREAM);
    return stream != null
        && flow.windowSize(stream) > 0
        && flow.windowSize(connection().connectionStream()) > 0;
  }

  private void hold(ChannelHandlerContext context, boolean hold) {
    ChannelOutboundBuffer buffer = context.channel().unsafe().outboundBuffer();
    if (held != hold && buffer != null) {
      held = hold;
      buffer.setUserDefinedWritability(BLOCKED, !hold);
    }
  }

  /** What the server says. */
  private static final class Frames extends Http2FrameAdapter {

    @Override
    public int onDataRead(
        ChannelHandlerContext context, int stream, ByteBuf data, int padding, boolean last) {
      int consumed = data.readableBytes() + padding;
      context.fireChannelRead(data.retain());
      if (last) {
        var _ = context.close();
      }
      return consumed;
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext context,
        int stream,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean last) {
      onHeadersRead(context, stream, headers, padding, last);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext context,
        int stream,
        Http2Headers headers,
        int padding,
        boolean last) {
      CharSequence status = headers.status();
      CharSequence code = headers.get("grpc-status");
      if (status != null && !"200".contentEquals(status)) {
        failed(context, "it answered " + plain(status) + " to the gRPC request");
      } else if (code != null && !"0".contentEquals(code)) {
        CharSequence said = headers.get("grpc-message");
        failed(context, "gRPC status " + plain(code) + (said == null ? "" : ": " + plain(said)));
      } else if (last) {
        var _ = context.close();
      }
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext context, int stream, long code) {
      failed(context, "it ended the gRPC stream (HTTP/2 code " + code + ")");
    }

    private static void failed(ChannelHandlerContext context, String reason) {
      context.fireExceptionCaught(new IOException(reason));
      var _ = context.close();
    }

    private static String plain(CharSequence text) {
      String plain = text.toString().replaceAll("[^ -~]", "?");
      return plain.length() > LONGEST_SAID ? plain.substring(0, LONGEST_SAID) + "…" : plain;
    }
  }
}
