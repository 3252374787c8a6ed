package dev.gander.front;

import dev.gander.observe.Counter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection of a client, and what it may not do: it is ended once it makes us work for
 * nothing by pings, settings, and requests reset before their response, by the client or by us for
 * its faults (RFC 9113 section 10.5, CVE-2023-44487, CVE-2019-9512, CVE-2019-9515, CVE-2025-8671).
 * Netty ends floods of CONTINUATION and empty frames, and all are counted alike. The event loop's.
 */
final class Http2Door extends Http2ConnectionHandler {

  private static final int STREAMS = 100;
  private static final int HEADERS = 128 * 1024; // a GET may carry any DNS message
  private static final int GRACE_MILLIS = 1000;

  /**
   * Streams too many that a client may open before it can know how many are allowed: dnsperf opens
   * 1,000 and more at once. Each is refused, so that it may be asked again (RFC 9113 section 8.7).
   */
  private static final int BURST = 4096;

  private final DohDesk desk;
  private int burst;
  private int lastOfBurst;
  private int behindBurst;
  private boolean ended;
  private boolean counted;

  private Http2Door(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings,
      DohDesk desk) {
    super(decoder, encoder, settings);
    this.desk = desk;
  }

  /** The handler of a connection that has just come. */
  static Http2Door of(DohDesk desk) {
    Http2Connection connection = new DefaultHttp2Connection(true);
    // All streams are alike: RFC 9113 section 5.3.2 has done away with priorities.
    connection
        .remote()
        .flowController(
            new DefaultHttp2RemoteFlowController(
                connection, new UniformStreamByteDistributor(connection)));
    return new Builder(desk).over(connection);
  }

  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<Http2Door, Builder> {

    private final DohDesk desk;

    Builder(DohDesk desk) {
      this.desk = desk;
    }

    Http2Door over(Http2Connection connection) {
      return connection(connection)
          .validateRequiredPseudoHeaders(true)
          .gracefulShutdownTimeoutMillis(GRACE_MILLIS)
          // Netty would count the refusals of a first burst, too; see onStreamError.
          .encoderEnforceMaxRstFramesPerWindow(0, 0)
          .initialSettings(
              Http2Settings.defaultSettings()
                  .maxConcurrentStreams(STREAMS)
                  .maxHeaderListSize(HEADERS))
          .build();
    }

    @Override
    protected Http2Door build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      Http2Door door = new Http2Door(decoder, encoder, settings, desk);
      decoder.frameListener(new Http2Requests(door, desk));
      // Netty would refuse what is one too many, but not know of it when the body comes.
      decoder.connection().remote().maxActiveStreams(STREAMS + BURST);
      return door;
    }
  }

  /** Whether nothing that comes is looked at any more. */
  boolean ended() {
    return ended;
  }

  /** The client has done what costs us more than it. */
  void annoyed(ChannelHandlerContext context) {
    if (!ended && desk.guest().annoys()) {
      ended = true;
      var _ =
          goAway(
              context,
              connection().remote().lastStreamCreated(),
              Http2Error.ENHANCE_YOUR_CALM.code(),
              Unpooled.EMPTY_BUFFER,
              context.newPromise());
      var _ = context.flush();
      var _ = context.close();
    }
  }

  /** By whomever: every connection that is ended as a flood is counted, once. */
  @Override
  public ChannelFuture goAway(
      ChannelHandlerContext context,
      int lastStreamId,
      long errorCode,
      ByteBuf debugData,
      ChannelPromise promise) {
    if (errorCode == Http2Error.ENHANCE_YOUR_CALM.code() && !counted) {
      counted = true;
      desk.counters().add(Counter.DOOR_FLOODS_CUT);
    }
    return super.goAway(context, lastStreamId, errorCode, debugData, promise);
  }

  /**
   * Refuses a stream that has just begun, if it is one too many. That is so only until the client
   * has acknowledged our settings: from then on Netty keeps to them.
   */
  boolean refused(ChannelHandlerContext context, Http2Stream stream) {
    if (connection().numActiveStreams() <= STREAMS) {
      return false;
    }
    lastOfBurst = stream.id();
    var _ =
        resetStream(context, stream.id(), Http2Error.REFUSED_STREAM.code(), context.newPromise());
    if (++burst > BURST) {
      annoyed(context);
    }
    return true;
  }

  /** Whether this is the body of a request of the burst, sent before the refusal was read. */
  private boolean isBehindBurst(Http2Exception.StreamException error) {
    return error.error() == Http2Error.STREAM_CLOSED
        && error.streamId() <= lastOfBurst
        && ++behindBurst <= burst;
  }

  /** A reset that the client makes us send. */
  @Override
  protected void onStreamError(
      ChannelHandlerContext context,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException error) {
    if (!outbound && isBehindBurst(error)) {
      return; // RFC 9113 section 5.1: not to be answered by another reset
    }
    if (!outbound) {
      annoyed(context);
    }
    super.onStreamError(context, outbound, cause, error);
  }

  /** The client hears why, then {@link Mishaps} does. */
  @Override
  protected void onConnectionError(
      ChannelHandlerContext context,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception error) {
    super.onConnectionError(context, outbound, cause, error);
    if (!outbound) {
      var _ = context.fireExceptionCaught(cause);
    }
  }

  /** A client that does not read is not read. */
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
    var _ = context.channel().config().setAutoRead(context.channel().isWritable());
    super.channelWritabilityChanged(context);
  }
}
