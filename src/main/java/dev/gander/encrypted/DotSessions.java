package dev.gander.encrypted;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.message.EdnsOptions;
import dev.gander.proxy.Exit;
import dev.gander.tls.ClientTls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** DNS over TLS, RFC 7858: questions one behind the other, answers in any order. */
final class DotSessions implements Sessions {

  private static final int LONGEST_MESSAGE = 65_535;
  private static final int HEADER = 12;
  private static final int QR = 0x80;
  private static final int MOST_WAITING = 0x8000;

  private final TlsPath path;

  DotSessions(Exit exit, ClientTls tls, Clock clock) throws IOException {
    // Old servers know no ALPN; RFC 7858 does not ask for it.
    path = new TlsPath(exit, tls, clock, "tls", "dot", false);
  }

  @Override
  public Session open(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    Frames frames = new Frames(Endpoint.text(server));
    ChannelInitializer<Channel> over =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel
                .pipeline()
                .addLast(new LengthFieldBasedFrameDecoder(LONGEST_MESSAGE + 2, 0, 2, 0, 2), frames);
          }
        };
    TlsPath.Secured secured = path.connect(server, over, deadlineNanos);
    DotSession session =
        new DotSession(secured.channel(), secured.handshake(), Endpoint.text(server), frames);
    session.watch();
    return session;
  }

  /** The questions that wait, by ID. The event loop's. */
  private static final class Frames extends SimpleChannelInboundHandler<ByteBuf> {

    private final String server;
    private final Map<Integer, CompletableFuture<Reply>> waiting = new HashMap<>();
    private volatile long idleMillis = -1;
    private volatile boolean noMore;

    /** Why it ended, where more is known than that it did. */
    private volatile @Nullable SessionException end;

    Frames(String server) {
      this.server = server;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
      byte[] message = new byte[frame.readableBytes()];
      frame.readBytes(message);
      if (message.length < HEADER || (message[2] & QR) == 0) {
        // Late answers are to be expected; what is no answer at all says that the framing is lost.
        end = SessionException.endedForRules(server + " sent what is no answer");
        var _ = context.close();
        return;
      }
      keepAlive(message);
      CompletableFuture<Reply> reply =
          waiting.remove((message[0] & 0xff) << 8 | (message[1] & 0xff));
      if (reply != null) {
        reply.complete(new Reply(message, 0));
      }
    }

    /** RFC 7828: how long the server lets the connection be idle; 0: no further question. */
    private void keepAlive(byte[] message) {
      byte[] told = EdnsOptions.find(message, EdnsOptions.TCP_KEEPALIVE);
      if (told != null && told.length == 2) {
        idleMillis = 100L * ((told[0] & 0xff) << 8 | (told[1] & 0xff));
        noMore = idleMillis == 0;
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (end == null) {
        end = CertificateAlert.in(cause, server);
      }
      var _ = context.close();
    }
  }

  private static final class DotSession extends ChannelSession {

    private final Frames frames;
    private int nextId;
    private long uses;

    DotSession(Channel channel, Handshake handshake, String server, Frames frames) {
      super(channel, handshake, server);
      this.frames = frames;
    }

    @Override
    SessionException gone() {
      SessionException end = frames.end;
      return end == null ? super.gone() : end;
    }

    @Override
    void send(byte[] query, CompletableFuture<Reply> reply) {
      if (frames.waiting.size() >= MOST_WAITING) {
        reply.completeExceptionally(
            SessionException.ended("too many questions wait for " + server()));
        return;
      }
      int id = nextId;
      while (frames.waiting.containsKey(id)) {
        id = id + 1 & 0xffff;
      }
      nextId = id + 1 & 0xffff;
      int mine = id;
      frames.waiting.put(id, reply);
      long use = ++uses;
      var _ =
          reply.whenComplete((_, _) -> channel().eventLoop().execute(() -> done(mine, reply, use)));
      byte[] message =
          Queries.padded(EdnsOptions.with(query, EdnsOptions.TCP_KEEPALIVE, new byte[0]));
      var _ = channel().writeAndFlush(Unpooled.wrappedBuffer(Queries.framed(message, id)));
    }

    private void done(int id, CompletableFuture<Reply> reply, long use) {
      frames.waiting.remove(id, reply);
      if (frames.noMore) {
        retire();
      } else if (frames.idleMillis > 0 && frames.waiting.isEmpty()) {
        var _ =
            channel()
                .eventLoop()
                .schedule(
                    () -> {
                      if (uses == use) {
                        retire();
                      }
                    },
                    Math.min(frames.idleMillis, Duration.ofMinutes(2).toMillis()),
                    TimeUnit.MILLISECONDS);
      }
    }
  }
}
