package dev.gander.encrypted;

import dev.gander.clock.Clock;
import dev.gander.proxy.Exit;
import dev.gander.tls.ClientTls;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** DNS over HTTPS, RFC 8484, by HTTP/3. */
final class Http3Sessions implements Sessions {

  private static final int NO_ERROR = 0x100;
  private static final int REQUEST_CANCELLED = 0x10c;

  private final QuicPath path;
  private final HttpTarget target;

  Http3Sessions(Exit exit, ClientTls tls, Clock clock, HttpTarget target) throws IOException {
    this.target = target;
    path =
        new QuicPath(
            exit, tls, clock, "https (HTTP/3)", "h3", false, Http3::newQuicClientCodecBuilder);
  }

  @Override
  public Session open(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    return open(server, null, deadlineNanos);
  }

  /**
   * As {@link #open}, to a server that another offered.
   *
   * @param service told what answers say of the offer
   */
  Session openAlternative(InetSocketAddress server, AlternativeService service, long deadlineNanos)
      throws IOException, InterruptedException {
    return open(server, new Offer(service, service.host() + ":" + server.getPort()), deadlineNanos);
  }

  /**
   * By what the connection came about.
   *
   * @param used host and port, which the server is told (RFC 7838 section 5)
   */
  private record Offer(AlternativeService service, String used) {}

  private Session open(InetSocketAddress server, @Nullable Offer offer, long deadlineNanos)
      throws IOException, InterruptedException {
    QuicPath.Connected connected =
        path.connect(server, new Http3ClientConnectionHandler(), deadlineNanos);
    Http3Session session = new Http3Session(connected, target, offer);
    session.watch();
    return session;
  }

  private static final class Http3Session extends QuicSession {

    private final HttpTarget target;
    private final @Nullable Offer offer;

    Http3Session(QuicPath.Connected connected, HttpTarget target, @Nullable Offer offer) {
      super(connected, target.authority(), REQUEST_CANCELLED);
      this.target = target;
      this.offer = offer;
    }

    @Override
    Future<QuicStreamChannel> stream(CompletableFuture<Reply> reply) {
      return Http3.newRequestStream(connection(), new Exchange(this, reply));
    }

    @Override
    void write(Channel stream, byte[] message) {
      DefaultHttp3HeadersFrame frame = new DefaultHttp3HeadersFrame();
      target.describe(message, frame.headers());
      if (offer != null) {
        frame.headers().add("alt-used", offer.used());
      }
      if (target.get()) {
        var _ = stream.writeAndFlush(frame).addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
      } else {
        var _ = stream.write(frame);
        var _ =
            stream
                .writeAndFlush(new DefaultHttp3DataFrame(Unpooled.wrappedBuffer(message)))
                .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
      }
    }

    /**
     * What an answer says of the offer: that it is taken back, or never was for this host (RFC 7838
     * sections 3 and 6).
     *
     * @return whether the question is to be asked elsewhere
     */
    private boolean mindOffer(HttpAnswer answer) {
      if (offer == null) {
        return false;
      }
      if (answer.misdirected()) {
        offer.service().failed();
        retire();
        return true;
      }
      if (!answer.alternatives().isEmpty()) {
        offer.service().heard(answer.alternatives());
        if (offer.service().offeredPort() == 0) {
          retire();
        }
      }
      return false;
    }

    @Override
    void finish() {
      var _ = connection().close(true, NO_ERROR, Unpooled.EMPTY_BUFFER);
    }
  }

  /** The answer to one question. */
  private static final class Exchange extends Http3RequestStreamInboundHandler {

    private final Http3Session session;
    private final String server;
    private final CompletableFuture<Reply> reply;
    private final HttpAnswer answer;

    Exchange(Http3Session session, CompletableFuture<Reply> reply) {
      this.session = session;
      this.server = session.server();
      this.reply = reply;
      answer = new HttpAnswer(server);
    }

    @Override
    protected void channelRead(ChannelHandlerContext context, Http3HeadersFrame frame) {
      CharSequence status = frame.headers().status();
      answer.headers(status == null ? "" : status, frame.headers());
    }

    @Override
    protected void channelRead(ChannelHandlerContext context, Http3DataFrame frame) {
      try {
        if (!answer.data(frame.content())) {
          reply.completeExceptionally(answer.tooLong());
        }
      } finally {
        frame.release();
      }
    }

    @Override
    protected void channelInputClosed(ChannelHandlerContext context) {
      if (session.mindOffer(answer)) {
        reply.completeExceptionally(
            SessionException.ended("what was offered is no server for " + server + " (HTTP 421)"));
        return;
      }
      answer.finish(reply);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      reply.completeExceptionally(session.gone());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      reply.completeExceptionally(
          SessionException.ended(
              server + " reset the stream: " + String.valueOf(cause.getMessage())));
    }
  }
}
