package dev.gander.encrypted;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.proxy.Exit;
import dev.gander.tls.ClientTls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * DNS over QUIC, RFC 9250: a stream for each question, ended right behind it; ID 0 on the wire; no
 * migration.
 */
final class DoqSessions implements Sessions {

  private static final int NO_ERROR = 0;
  private static final int PROTOCOL_ERROR = 2;
  private static final int REQUEST_CANCELLED = 3;
  private static final int LONGEST = 65_537;
  private static final String MORE_THAN_ONE = "more than one DNS message on a stream";

  /** For the end of a stream to come behind its answer. */
  private static final Duration END = Duration.ofSeconds(1);

  private final QuicPath path;
  private final Clock clock;

  DoqSessions(Exit exit, ClientTls tls, Clock clock, boolean earlyData) throws IOException {
    this.clock = clock;
    path = new QuicPath(exit, tls, clock, "quic", "doq", earlyData, QuicClientCodecBuilder::new);
  }

  @Override
  public Session open(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    QuicPath.Connected connected =
        path.connect(server, new ChannelInboundHandlerAdapter(), deadlineNanos);
    DoqSession session = new DoqSession(connected, Endpoint.text(server), clock);
    session.watch();
    return session;
  }

  private static final class DoqSession extends QuicSession {

    private final Clock clock;

    DoqSession(QuicPath.Connected connected, String server, Clock clock) {
      super(connected, server, REQUEST_CANCELLED);
      this.clock = clock;
    }

    @Override
    Future<QuicStreamChannel> stream(CompletableFuture<Reply> reply) {
      return connection().createStream(QuicStreamType.BIDIRECTIONAL, new Exchange(this, reply));
    }

    @Override
    void write(Channel stream, byte[] message) {
      var _ =
          stream
              .writeAndFlush(Unpooled.wrappedBuffer(Queries.framed(message, 0)))
              .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
    }

    @Override
    void finish() {
      var _ = connection().close(true, NO_ERROR, Unpooled.EMPTY_BUFFER);
    }

    void protocolError(String why) {
      because(SessionException.endedForRules(why));
      var _ = connection().close(true, PROTOCOL_ERROR, Unpooled.EMPTY_BUFFER);
    }
  }

  /**
   * The answer to one question: two bytes of length, the message, the end of the stream. The
   * message counts once it is whole: RFC 9250 section 4.2 lets a server wait for the end of the
   * stream, but asks nothing of that kind of a client, and a second response is for zone transfers
   * only. A server that does not end the stream is told to stop, or it would have none left for us.
   */
  private static final class Exchange extends SimpleChannelInboundHandler<ByteBuf> {

    private final DoqSession session;
    private final CompletableFuture<Reply> reply;
    private final ByteArrayOutputStream got = new ByteArrayOutputStream(512);

    /** How long it will be, the two bytes included; -1 before those have come. */
    private int whole = -1;

    private boolean ended;

    Exchange(DoqSession session, CompletableFuture<Reply> reply) {
      this.session = session;
      this.reply = reply;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf piece) {
      if (got.size() + piece.readableBytes() > LONGEST) {
        malformed(MORE_THAN_ONE);
        return;
      }
      try {
        piece.readBytes(got, piece.readableBytes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      if (whole < 0 && got.size() >= 2) {
        whole = 2 + length(got.toByteArray());
      }
      if (whole >= 0 && got.size() >= whole) {
        arrived((QuicStreamChannel) context.channel());
      }
    }

    private void arrived(QuicStreamChannel stream) {
      if (got.size() > whole) {
        malformed(MORE_THAN_ONE);
        return;
      }
      reply.complete(new Reply(Arrays.copyOfRange(got.toByteArray(), 2, whole), 0));
      // As a rule the end is there already, and read next.
      stream.eventLoop().execute(() -> awaitEnd(stream));
    }

    private void awaitEnd(QuicStreamChannel stream) {
      if (!ended && stream.isActive()) {
        Clock.Alarm _ =
            session.clock.alarm(
                session.clock.nanoTime() + END.toNanos(),
                () -> stream.eventLoop().execute(() -> stop(stream)));
      }
    }

    private void stop(QuicStreamChannel stream) {
      if (!ended && stream.isActive()) {
        var _ = stream.shutdownInput(NO_ERROR);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent
          || event instanceof ChannelInputShutdownReadComplete) {
        ended();
      }
      context.fireUserEventTriggered(event);
    }

    private void ended() {
      ended = true;
      if (!reply.isDone()) {
        malformed("the stream ended before the message did");
      }
    }

    private static int length(byte[] all) {
      return (all[0] & 0xff) << 8 | (all[1] & 0xff);
    }

    /** RFC 9250 section 4.3.3: such a server is not to be talked to any more on this connection. */
    private void malformed(String what) {
      String why = session.server() + " broke the rules of DNS over QUIC: " + what;
      reply.completeExceptionally(SessionException.malformed(why));
      session.protocolError(why);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      reply.completeExceptionally(session.gone());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      reply.completeExceptionally(
          SessionException.ended(
              session.server() + " reset the stream: " + String.valueOf(cause.getMessage())));
    }
  }
}
