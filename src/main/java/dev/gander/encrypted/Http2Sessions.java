package dev.gander.encrypted;

import dev.gander.clock.Clock;
import dev.gander.proxy.Exit;
import dev.gander.tls.ClientTls;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** DNS over HTTPS, RFC 8484, by HTTP/2: a stream for each question on one connection. */
final class Http2Sessions implements Sessions {

  /** More than the longest answer: no answer waits for a window. */
  private static final int WINDOW = 1 << 17;

  /** Until the server says another number (RFC 9113 section 6.5.2 recommends no fewer). */
  private static final int ALLOWED_AT_FIRST = 100;

  private static final int LONGEST_HEADERS = 16_384;

  private final TlsPath path;
  private final HttpTarget target;
  private final AlternativeService service;

  /**
   * @param service told what answers say of it
   */
  Http2Sessions(
      Exit exit, ClientTls tls, Clock clock, HttpTarget target, AlternativeService service)
      throws IOException {
    this.service = service;
    path = new TlsPath(exit, tls, clock, "https (HTTP/2)", "h2", true);
    this.target = target;
  }

  @Override
  public Session open(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    CompletableFuture<Http2Session> session = new CompletableFuture<>();
    ChannelInitializer<Channel> over =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel
                .pipeline()
                .addLast(
                    Http2FrameCodecBuilder.forClient()
                        .initialSettings(
                            Http2Settings.defaultSettings()
                                .pushEnabled(false)
                                .initialWindowSize(WINDOW)
                                .maxHeaderListSize(LONGEST_HEADERS))
                        .build(),
                    new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()),
                    new Connection(session));
          }
        };
    TlsPath.Secured secured = path.connect(server, over, deadlineNanos);
    Http2Session made = new Http2Session(secured.channel(), secured.handshake(), target, service);
    session.complete(made);
    made.watch();
    return made;
  }

  /** What the server says of the whole connection (RFC 9113 sections 6.5 and 6.8). */
  private static final class Connection extends ChannelInboundHandlerAdapter {

    private final CompletableFuture<Http2Session> session;

    Connection(CompletableFuture<Http2Session> session) {
      this.session = session;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      try {
        if (message instanceof Http2SettingsFrame frame) {
          Long streams = frame.settings().maxConcurrentStreams();
          if (streams != null) {
            var _ = session.thenAccept(it -> context.executor().execute(() -> it.allow(streams)));
          }
        } else if (message instanceof Http2GoAwayFrame frame) {
          long code = frame.errorCode();
          var _ =
              session.thenAccept(it -> {
                it.because(
                    it.server() + " ended the connection" + (code == 0 ? "" : " (" + code + ")"));
                it.retire();
              });
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var _ =
          session.thenAccept(it -> {
            SessionException refusal = CertificateAlert.in(cause, it.server());
            if (refusal != null) {
              it.because(refusal);
            }
            it.because("HTTP/2 with " + it.server() + " failed: " + cause.getMessage());
          });
      var _ = context.close();
    }
  }

  private static final class Http2Session extends StreamSession {

    private final HttpTarget target;
    private final AlternativeService service;
    private long allowed = ALLOWED_AT_FIRST;
    private int running;

    Http2Session(
        Channel channel, Handshake handshake, HttpTarget target, AlternativeService service) {
      super(channel, handshake, target.authority());
      this.target = target;
      this.service = service;
    }

    /** The server has said how many streams it allows. */
    void allow(long streams) {
      allowed = streams;
      next();
    }

    @Override
    boolean mayStart(byte[] query) {
      return running < allowed;
    }

    @Override
    void ended() {
      running--;
    }

    @Override
    Future<Http2StreamChannel> stream(CompletableFuture<Reply> reply) {
      running++;
      return new Http2StreamChannelBootstrap(channel()).handler(new Exchange(this, reply)).open();
    }

    @Override
    void leave(Channel stream) {
      var _ = stream.close();
    }

    @Override
    void write(Channel stream, byte[] message) {
      Http2Headers headers =
          new DefaultHttp2Headers()
              .method(target.get() ? "GET" : "POST")
              .scheme("https")
              .authority(target.authority())
              .path(target.pathFor(message))
              .add("accept", HttpTarget.MESSAGE);
      if (target.get()) {
        var _ = stream.writeAndFlush(new DefaultHttp2HeadersFrame(headers, true));
      } else {
        headers.add("content-type", HttpTarget.MESSAGE);
        headers.addInt("content-length", message.length);
        var _ = stream.write(new DefaultHttp2HeadersFrame(headers, false));
        var _ =
            stream.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(message), true));
      }
    }
  }

  /** The answer to one question. */
  private static final class Exchange extends SimpleChannelInboundHandler<Object> {

    private final HttpAnswer answer;
    private final Http2Session session;
    private final String server;
    private final CompletableFuture<Reply> reply;

    Exchange(Http2Session session, CompletableFuture<Reply> reply) {
      this.session = session;
      this.server = session.server();
      this.reply = reply;
      answer = new HttpAnswer(server);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Object message) {
      boolean end = false;
      switch (message) {
        case Http2HeadersFrame frame -> {
          CharSequence status = frame.headers().status();
          answer.headers(status == null ? "" : status, frame.headers());
          end = frame.isEndStream();
        }
        case Http2DataFrame frame -> {
          if (!answer.data(frame.content())) {
            reply.completeExceptionally(answer.tooLong());
            return;
          }
          end = frame.isEndStream();
        }
        default -> {
          // Nothing else is part of an answer.
        }
      }
      if (end) {
        session.service.heard(answer.alternatives());
        try {
          reply.complete(answer.reply());
        } catch (SessionException e) {
          reply.completeExceptionally(e);
        }
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof Http2ResetFrame reset) {
        // REFUSED_STREAM and a connection that ends: the question was not looked at.
        reply.completeExceptionally(
            SessionException.ended(server + " reset the stream (" + reset.errorCode() + ")"));
      }
      ReferenceCountUtil.release(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      reply.completeExceptionally(session.gone());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      SessionException refusal = CertificateAlert.in(cause, server);
      reply.completeExceptionally(
          refusal == null
              ? SessionException.ended(server + ": " + String.valueOf(cause.getMessage()))
              : refusal);
    }
  }
}
