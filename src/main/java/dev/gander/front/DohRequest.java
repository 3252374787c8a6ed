package dev.gander.front;

import dev.gander.listen.Desk;
import dev.gander.message.Lifetime;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.AsciiString;
import java.util.Base64;
import java.util.List;

/**
 * DNS over HTTPS, RFC 8484: a request by GET or POST and its response, the same in all versions of
 * HTTP.
 */
final class DohRequest extends SimpleChannelInboundHandler<FullHttpRequest> {

  private static final AsciiString MESSAGE = AsciiString.cached("application/dns-message");
  private static final int LONGEST = 65_535;

  /** How the version at hand ends a response. */
  enum Version {
    /** One request at a time on a connection, that may stay open. */
    HTTP_1,
    /** A stream for each. */
    STREAMS
  }

  private final Guest guest;
  private final Desk desk;
  private final Counters counters;
  private final String path;
  private final Version version;

  DohRequest(Guest guest, Desk desk, Counters counters, String path, Version version) {
    this.guest = guest;
    this.desk = desk;
    this.counters = counters;
    this.path = path;
    this.version = version;
  }

  /** A request that is no DNS query. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    private final transient HttpResponseStatus status;

    Refused(HttpResponseStatus status, String why) {
      super(why);
      this.status = status;
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    guest.asked();
    boolean last = version == Version.HTTP_1 && !HttpUtil.isKeepAlive(request);
    if (version == Version.HTTP_1) {
      var _ = context.channel().config().setAutoRead(false); // responses come in order
    }
    try {
      byte[] message = message(request);
      desk.ask(
          message,
          guest.client(),
          Desk.NO_KEEPALIVE,
          reply -> respond(context, reply.length == 0 ? noQuery() : ok(reply), last));
    } catch (Refused e) {
      counters.add(Counter.DOOR_REQUESTS_REFUSED);
      respond(context, refusal(e.status, String.valueOf(e.getMessage())), last);
    }
  }

  private byte[] message(FullHttpRequest request) throws Refused {
    if (request.decoderResult().isFailure()) {
      throw new Refused(HttpResponseStatus.BAD_REQUEST, "this is no HTTP request");
    }
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    if (!uri.path().equals(path)) {
      throw new Refused(HttpResponseStatus.NOT_FOUND, "DNS is at " + path);
    }
    if (request.method().equals(HttpMethod.GET)) {
      return inUri(uri);
    }
    if (!request.method().equals(HttpMethod.POST)) {
      throw new Refused(HttpResponseStatus.METHOD_NOT_ALLOWED, "GET or POST");
    }
    CharSequence type = HttpUtil.getMimeType(request);
    if (type == null || !MESSAGE.contentEqualsIgnoreCase(type.toString().trim())) {
      throw new Refused(
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, "the content-type must be " + MESSAGE);
    }
    if (request.content().readableBytes() > LONGEST) {
      throw new Refused(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "no DNS message is so long");
    }
    return ByteBufUtil.getBytes(request.content());
  }

  private static byte[] inUri(QueryStringDecoder uri) throws Refused {
    List<String> given = uri.parameters().get("dns");
    if (given == null || given.size() != 1) {
      throw new Refused(HttpResponseStatus.BAD_REQUEST, "one parameter dns is needed");
    }
    try {
      return Base64.getUrlDecoder().decode(given.getFirst());
    } catch (IllegalArgumentException e) {
      throw new Refused(HttpResponseStatus.BAD_REQUEST, "dns must be base64url");
    }
  }

  private static FullHttpResponse ok(byte[] reply) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(reply));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, MESSAGE)
        .setInt(HttpHeaderNames.CONTENT_LENGTH, reply.length)
        .set(HttpHeaderNames.CACHE_CONTROL, "max-age=" + Lifetime.seconds(reply));
    return response;
  }

  private FullHttpResponse noQuery() {
    counters.add(Counter.DOOR_REQUESTS_REFUSED);
    return refusal(HttpResponseStatus.BAD_REQUEST, "this is no DNS query");
  }

  private static FullHttpResponse refusal(HttpResponseStatus status, String why) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            Unpooled.copiedBuffer(why + "\n", java.nio.charset.StandardCharsets.UTF_8));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
        .setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
      response.headers().set(HttpHeaderNames.ALLOW, "GET, POST");
    }
    return response;
  }

  /** On any thread. */
  private void respond(ChannelHandlerContext context, FullHttpResponse response, boolean last) {
    guest.answered();
    if (last) {
      response.headers().set(HttpHeaderNames.CONNECTION, "close");
    }
    ChannelFuture written = context.writeAndFlush(response);
    var _ =
        written.addListener(done -> {
          if (done.isSuccess()) {
            guest.sent();
          } else {
            counters.add(Counter.REPLIES_NOT_SENT);
          }
          if (version == Version.HTTP_1) {
            var _ = context.channel().config().setAutoRead(true);
          }
        });
    if (last) {
      var _ = written.addListener(ChannelFutureListener.CLOSE);
    }
  }
}
