package dev.gander.encrypted;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
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
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicTransportParameters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** QUIC connections to a server, each over a UDP socket of its own. One for an upstream. */
final class QuicPath {

  /** A connection that takes questions, and what becomes of it. */
  record Connected(QuicChannel channel, Handshake handshake, QuicSignals signals) {}

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
   * How many questions the next connection may carry before its handshake is done: what the last
   * one was granted, if it has proven itself.
   */
  private final AtomicLong earlyStreams = new AtomicLong();

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
   * Connects. With early data, and where the server is known from before, it returns when questions
   * may leave; else when the handshake is done.
   *
   * @param over the handler of the connection
   */
  Connected connect(InetSocketAddress server, ChannelHandler over, long deadlineNanos)
      throws IOException, InterruptedException {
    long start = clock.nanoTime();
    String who = Endpoint.text(server);
    QuicSignals signals = new QuicSignals(who, earlyStreams.getAndSet(0));
    UntrustedException before = tls.refusal();
    Channel datagrams =
        Sessions.await(
            exit.datagrams(server, under(server, signals)),
            clock,
            deadlineNanos,
            who + " was silent");
    try {
      var _ =
          QuicChannel.newBootstrap(datagrams)
              .handler(signals.over(over))
              .streamHandler(new Unasked())
              .remoteAddress(server)
              .connect()
              .addListener(done -> {
                if (!done.isSuccess()) {
                  signals.failed(failure(signals, before, done.cause()));
                  var _ = datagrams.close();
                } else if (done.getNow() instanceof QuicChannel channel) {
                  shaken(channel, signals, start);
                }
              });
      QuicChannel channel =
          Sessions.await(
              signals.usable,
              clock,
              deadlineNanos,
              who + " did not finish the QUIC handshake in time");
      var _ =
          channel
              .closeFuture()
              .addListener(closed -> {
                var _ = datagrams.close();
              });
      if (!signals.shaken.isDone()) {
        mustBeShaken(channel, signals, deadlineNanos);
      }
      return new Connected(channel, handshake(channel, signals, start), signals);
    } catch (IOException | InterruptedException e) {
      var _ = datagrams.close();
      throw e;
    }
  }

  private ChannelHandler under(InetSocketAddress server, QuicSignals signals) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(codec(server), signals.under());
      }
    };
  }

  /** On the event loop. */
  private void shaken(QuicChannel channel, QuicSignals signals, long start) {
    QuicTransportParameters granted = channel.peerTransportParameters();
    if (earlyData && granted != null) {
      earlyStreams.set(granted.initialMaxStreamsBidi());
    }
    long now = clock.nanoTime();
    signals.shaken.complete(null);
    if (!signals.usable.complete(channel) && signals.usable.isCompletedExceptionally()) {
      var _ = channel.close();
    } else if (signals.early()) {
      // The handshake has taken a round trip, and an answer does not take longer.
      var _ = clock.alarm(now + (now - start), () -> signals.overdue.complete(null));
    }
  }

  /** Questions have left; whoever gets them must prove who it is, or they are asked again. */
  private void mustBeShaken(QuicChannel channel, QuicSignals signals, long deadlineNanos) {
    Clock.Alarm alarm =
        clock.alarm(
            deadlineNanos,
            () -> {
              signals.failed(
                  SessionException.silent(
                      signals.server() + " did not finish the QUIC handshake in time"));
              var _ = channel.close();
            });
    var _ = signals.shaken.thenRun(alarm::cancel);
    var _ = channel.closeFuture().addListener(closed -> alarm.cancel());
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

  /** Host and port are also what TLS remembers a server by; of an address none is sent. */
  private QuicSslEngine engine(QuicChannel channel, InetSocketAddress server) {
    return context.newEngine(channel.alloc(), tls.name(), server.getPort());
  }

  private Handshake handshake(QuicChannel channel, QuicSignals signals, long start)
      throws SessionException {
    SSLEngine engine = channel.sslEngine();
    if (engine == null) {
      throw failure(signals, tls.refusal(), new ClosedChannelException());
    }
    long took = clock.nanoTime() - start;
    if (signals.early()) {
      return new Handshake(transport + ", 0-RTT", "TLSv1.3, resumed", null, 0, took);
    }
    SSLSession session = engine.getSession();
    return new Handshake(
        transport + (earlyData ? ", 0-RTT allowed" : ""),
        session.getProtocol() + " " + session.getCipherSuite(),
        TlsPath.certificate(session),
        0,
        took);
  }

  /**
   * @param before what had been refused before this connection was begun
   */
  private SessionException failure(
      QuicSignals signals, @Nullable UntrustedException before, Throwable cause) {
    UntrustedException untrusted = tls.refusal();
    if (untrusted != null && untrusted != before) {
      return SessionException.untrusted(String.valueOf(untrusted.getMessage()));
    }
    SessionException known = signals.failure;
    if (known != null) {
      return known;
    }
    String why = signals.text.isEmpty() ? String.valueOf(cause.getMessage()) : signals.text;
    return SessionException.unreachable("QUIC with " + signals.server() + " failed: " + why);
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
