package dev.gander.encrypted;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Questions on streams of one HTTP/2 connection. Streams have no channels here, as Netty's
 * multiplexer would give them: a question must not cost more than it has to, above all in a process
 * that has just started.
 */
final class Http2Session extends StreamSession {

  /** Until the server says another number (RFC 9113 section 6.5.2 recommends no fewer). */
  static final int ALLOWED_AT_FIRST = 100;

  /**
   * Who allows more has not thought of it: Knot Resolver says 65,535, and stops answering with some
   * hundreds at once.
   */
  private static final int MOST_CREDIBLE = 1000;

  /** The answer to one question, as it comes in. */
  private record Exchange(HttpAnswer answer, CompletableFuture<Reply> reply) {}

  private final Http2ConnectionHandler http;
  private final HttpTarget target;
  private final AlternativeService service;
  private final Map<Integer, Exchange> streams = new HashMap<>();
  private long allowed = ALLOWED_AT_FIRST;
  private int lastLookedAt = Integer.MAX_VALUE;

  Http2Session(
      TlsPath.Secured secured,
      Http2ConnectionHandler http,
      HttpTarget target,
      AlternativeService service) {
    super(secured.channel(), secured.handshake(), target.authority());
    this.http = http;
    this.target = target;
    this.service = service;
  }

  /** The server has said how many streams it allows. */
  void allow(long number) {
    allowed = number > MOST_CREDIBLE ? ALLOWED_AT_FIRST : number;
    next();
  }

  /**
   * The server takes no further stream (RFC 9113 section 6.8).
   *
   * @param last it has not looked at those with higher numbers
   */
  void goneAway(int last, String code) {
    lastLookedAt = last;
    because(server() + " ended the connection" + code);
    retire();
  }

  /**
   * Never half a question: Knot Resolver refuses a stream that begins before the question on
   * another has come whole.
   */
  @Override
  boolean mayStart(byte[] query) {
    return streams.size() < allowed && (target.get() || window() >= Queries.longestPadded(query));
  }

  private int window() {
    return http.encoder().flowController().windowSize(http.connection().connectionStream());
  }

  @Override
  void start(Question question) {
    CompletableFuture<Reply> reply = question.reply();
    ChannelHandlerContext context = channel().pipeline().context(http);
    int id = http.connection().local().incrementAndGetNextStreamId();
    if (id < 0 || context == null) {
      reply.completeExceptionally(SessionException.ended(server() + " takes no further stream"));
      retire();
      return;
    }
    byte[] message = Queries.padded(question.query());
    streams.put(id, new Exchange(new HttpAnswer(server()), reply));
    var _ =
        http.encoder()
            .writeHeaders(context, id, headers(message), 0, target.get(), context.newPromise())
            .addListener(done -> {
              if (!done.isSuccess()) {
                reply.completeExceptionally(
                    SessionException.ended(
                        server() + " takes no further stream: " + done.cause().getMessage()));
                closed(id);
              }
            });
    if (!target.get()) {
      var _ =
          http.encoder()
              .writeData(
                  context, id, Unpooled.wrappedBuffer(message), 0, true, context.newPromise());
      dataBehindHeaders();
    }
    var _ = context.flush();
    var _ =
        reply.whenComplete((_, failure) -> {
          if (failure != null) {
            channel().eventLoop().execute(() -> leave(id));
          }
        });
  }

  private Http2Headers headers(byte[] message) {
    Http2Headers headers = new DefaultHttp2Headers(false);
    target.describe(message, headers);
    return headers;
  }

  /** Netty keeps data back until it is flushed, but not the headers of other streams. */
  private void dataBehindHeaders() {
    try {
      http.encoder().flowController().writePendingBytes();
    } catch (Http2Exception e) {
      because("HTTP/2 with " + server() + " failed: " + e.getMessage());
      var _ = channel().close();
    }
  }

  /** Gives up a stream on which an answer may still come. */
  private void leave(int id) {
    ChannelHandlerContext context = channel().pipeline().context(http);
    if (streams.containsKey(id) && context != null && channel().isActive()) {
      var _ = http.resetStream(context, id, Http2Error.CANCEL.code(), context.newPromise());
      var _ = context.flush();
    }
  }

  void headers(int id, Http2Headers headers, boolean end) {
    Exchange exchange = streams.get(id);
    if (exchange != null) {
      CharSequence status = headers.status();
      exchange.answer().headers(status == null ? "" : status, headers);
      endIf(end, exchange);
    }
  }

  void data(int id, ByteBuf data, boolean end) {
    Exchange exchange = streams.get(id);
    if (exchange != null) {
      if (exchange.answer().data(data)) {
        endIf(end, exchange);
      } else {
        exchange.reply().completeExceptionally(exchange.answer().tooLong());
      }
    }
  }

  private void endIf(boolean end, Exchange exchange) {
    if (end) {
      service.heard(exchange.answer().alternatives());
      exchange.answer().finish(exchange.reply());
    }
  }

  /** REFUSED_STREAM means that the question was not looked at (RFC 9113 section 8.7). */
  void reset(int id, long code) {
    Exchange exchange = streams.get(id);
    if (exchange != null) {
      String why = server() + " reset the stream (" + code + ")";
      exchange
          .reply()
          .completeExceptionally(
              code == Http2Error.REFUSED_STREAM.code()
                  ? SessionException.unread(why)
                  : SessionException.ended(why));
    }
  }

  /** The stream is over, for whatever reason: another may begin. */
  void closed(int id) {
    @Nullable Exchange exchange = streams.remove(id);
    if (exchange != null) {
      exchange.reply().completeExceptionally(over(id));
      next();
    }
  }

  private SessionException over(int id) {
    if (id > lastLookedAt) {
      return SessionException.unread(String.valueOf(gone().getMessage()));
    }
    return open()
        ? SessionException.malformed(server() + " broke the rules of HTTP/2 in an answer")
        : gone();
  }
}
