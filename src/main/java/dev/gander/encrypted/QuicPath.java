package dev.gander.encrypted;

import dev.gander.clock.Clock;
import dev.gander.dial.Endpoint;
import dev.gander.proxy.Exit;
import dev.gander.tls.ClientTls;
import dev.gander.tls.UntrustedException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamLimitChangedEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** QUIC connections to a server, each over a UDP socket of its own. One for an upstream. */
final class QuicPath {

  /** A connection on which the handshake is done, and what it says when it ends. */
  record Connected(QuicChannel channel, Handshake handshake, Signals signals) {}

  /** What the server lets us know. */
  static final class Signals {
    /** What it said as it closed; empty until then. */
    volatile String text = "";

    /** Set if it closed because of our certificate. */
    volatile @Nullable SessionException refusal;

    /** Runs on the event loop when it allows more streams. */
    volatile Runnable moreStreams = () -> {};
  }

  private static final Duration IDLE = Duration.ofSeconds(30);

  /** More than the longest answer, for each of many at once. */
  private static final int STREAM_WINDOW = 1 << 17;

  private static final int WINDOW = 1 << 22;

  /**
   * RFC 9000 section 14.1 holds everywhere; what a path carries beyond is not worth finding out.
   */
  private static final int DATAGRAM = 1350;

  private final Exit exit;
  private final ClientTls tls;
  private final Clock clock;
  private final String transport;
  private final boolean earlyData;
  private final Supplier<QuicClientCodecBuilder> codecs;
  private final QuicSslContext context;

  /**
   * @param protocol offered by ALPN; a server that does not choose it is refused
   * @param codecs makes an unfinished codec with what the protocol needs
   */
  QuicPath(
      Exit exit,
      ClientTls tls,
      Clock clock,
      String transport,
      String protocol,
      boolean earlyData,
      Supplier<QuicClientCodecBuilder> codecs)
      throws IOException {
    this.exit = exit;
    this.tls = tls;
    this.clock = clock;
    this.transport = transport;
    this.earlyData = earlyData;
    this.codecs = codecs;
    context = tls.overQuic(earlyData, protocol);
  }

  /**
   * Connects.
   *
   * @param over the handler of the connection
   */
  Connected connect(InetSocketAddress server, ChannelHandler over, long deadlineNanos)
      throws IOException, InterruptedException {
    long start = clock.nanoTime();
    String who = Endpoint.text(server);
    Signals signals = new Signals();
    CompletableFuture<QuicChannel> shaken = new CompletableFuture<>();
    ChannelInitializer<Channel> under =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(codec(server), new Unreachable(shaken, who));
          }
        };
    Channel datagrams =
        Sessions.await(exit.datagrams(server, under), clock, deadlineNanos, who + " was silent");
    ChannelInitializer<Channel> handlers =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new Farewell(signals, who), over);
          }
        };
    var _ =
        QuicChannel.newBootstrap(datagrams)
            .handler(handlers)
            .streamHandler(new Unasked())
            .remoteAddress(server)
            .connect()
            .addListener(done -> {
              if (!done.isSuccess()) {
                shaken.completeExceptionally(failure(who, signals, done.cause()));
                var _ = datagrams.close();
              } else {
                QuicChannel channel = (QuicChannel) done.getNow();
                var _ =
                    channel
                        .closeFuture()
                        .addListener(closed -> {
                          var _ = datagrams.close();
                        });
                if (!shaken.complete(channel)) {
                  var _ = channel.close();
                }
              }
            });
    try {
      QuicChannel channel =
          Sessions.await(
              shaken, clock, deadlineNanos, who + " did not finish the QUIC handshake in time");
      SSLEngine engine = channel.sslEngine();
      if (engine == null) {
        throw failure(who, signals, new ClosedChannelException());
      }
      return new Connected(channel, handshake(engine.getSession(), start), signals);
    } catch (IOException | InterruptedException e) {
      var _ = datagrams.close();
      throw e;
    }
  }

  private ChannelHandler codec(InetSocketAddress server) {
    return codecs
        .get()
        .sslEngineProvider(channel -> engine(channel, server))
        .maxIdleTimeout(IDLE.toMillis(), TimeUnit.MILLISECONDS)
        .maxSendUdpPayloadSize(DATAGRAM)
        .maxRecvUdpPayloadSize(DATAGRAM)
        .initialMaxData(WINDOW)
        .initialMaxStreamDataBidirectionalLocal(STREAM_WINDOW)
        .activeMigration(false)
        .build();
  }

  private QuicSslEngine engine(QuicChannel channel, InetSocketAddress server) {
    return tls.serverNameIndication()
        .map(name -> context.newEngine(channel.alloc(), name, server.getPort()))
        .orElseGet(() -> context.newEngine(channel.alloc()));
  }

  private Handshake handshake(SSLSession session, long start) {
    return new Handshake(
        transport + (earlyData ? ", 0-RTT allowed" : ""),
        session.getProtocol() + " " + session.getCipherSuite(),
        TlsPath.certificate(session),
        0,
        clock.nanoTime() - start);
  }

  private SessionException failure(String who, Signals signals, Throwable cause) {
    UntrustedException untrusted = tls.refusal();
    if (untrusted != null) {
      return SessionException.refused(String.valueOf(untrusted.getMessage()));
    }
    SessionException refusal = signals.refusal;
    if (refusal != null) {
      return refusal;
    }
    String why = signals.text.isEmpty() ? String.valueOf(cause.getMessage()) : signals.text;
    return SessionException.unreachable("QUIC with " + who + " failed: " + why);
  }

  /** Keeps what the server says as it closes. */
  private static final class Farewell extends ChannelInboundHandlerAdapter {

    private final Signals words;
    private final String who;

    Farewell(Signals words, String who) {
      this.words = words;
      this.who = who;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof QuicConnectionCloseEvent close) {
        if (!close.isApplicationClose()) {
          words.refusal = CertificateAlert.in(close.error(), who);
        }
        String reason = reason(close);
        words.text =
            who
                + " closed the connection ("
                + (close.isApplicationClose() ? "" : "transport ")
                + "code "
                + close.error()
                + (reason.isEmpty() ? ")" : ", " + reason + ")");
      }
      if (event instanceof QuicStreamLimitChangedEvent) {
        words.moreStreams.run();
      }
      context.fireUserEventTriggered(event);
    }
  }

  private static String reason(QuicConnectionCloseEvent close) {
    try {
      return new String(close.reason(), StandardCharsets.UTF_8);
    } catch (NullPointerException e) {
      // Netty's getter copies the reason, and there need not be one.
      return "";
    }
  }

  /** A closed port says so by ICMP, and no question need wait for the idle time to end. */
  private static final class Unreachable extends ChannelInboundHandlerAdapter {

    private final CompletableFuture<QuicChannel> shaken;
    private final String who;

    Unreachable(CompletableFuture<QuicChannel> shaken, String who) {
      this.shaken = shaken;
      this.who = who;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (cause instanceof PortUnreachableException) {
        shaken.completeExceptionally(
            SessionException.unreachable(
                "cannot connect to " + who + ": Connection refused (UDP)"));
        var _ = context.close();
      }
    }
  }

  /** Streams that the server opens: DoQ has none. */
  @io.netty.channel.ChannelHandler.Sharable
  private static final class Unasked extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      var _ = context.close();
    }
  }
}
