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

  private final QuicPath path;

  DoqSessions(Exit exit, ClientTls tls, Clock clock, boolean earlyData) throws IOException {
    path = new QuicPath(exit, tls, clock, "quic", "doq", earlyData, QuicClientCodecBuilder::new);
  }

  @Override
  public Session open(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    QuicPath.Connected connected =
        path.connect(server, new ChannelInboundHandlerAdapter(), deadlineNanos);
    DoqSession session = new DoqSession(connected, Endpoint.text(server));
    session.watch();
    return session;
  }

  private static final class DoqSession extends QuicSession {

    DoqSession(QuicPath.Connected connected, String server) {
      super(connected, server, REQUEST_CANCELLED);
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

  /** The answer to one question: two bytes of length, the message, the end of the stream. */
  private static final class Exchange extends SimpleChannelInboundHandler<ByteBuf> {

    private final DoqSession session;
    private final CompletableFuture<Reply> reply;
    private final ByteArrayOutputStream got = new ByteArrayOutputStream(512);

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
      if (reply.isDone()) {
        return;
      }
      byte[] all = got.toByteArray();
      if (all.length >= 2 && length(all) == all.length - 2) {
        reply.complete(new Reply(Arrays.copyOfRange(all, 2, all.length), 0));
      } else if (all.length > 2 && length(all) < all.length - 2) {
        malformed(MORE_THAN_ONE);
      } else {
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
