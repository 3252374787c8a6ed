package dev.gander.encrypted;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.proxy.Exit;
import dev.gander.tls.ClientTls;
import dev.gander.tls.UntrustedException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** TCP and TLS to a server, and what goes over them. One for an upstream, so that TLS resumes. */
final class TlsPath {

  /** A channel on which TLS stands. */
  record Secured(Channel channel, Handshake handshake) {}

  /** Checking certificates takes milliseconds, in which the event loop has other work. */
  private static final Executor TASKS = task -> Thread.ofVirtual().name("gander-tls").start(task);

  /** Questions of one moment leave in one TLS record; so many at most wait for each other. */
  private static final int TOGETHER = 64;

  private final Exit exit;
  private final ClientTls tls;
  private final Clock clock;
  private final String transport;
  private final String protocol;
  private final boolean protocolNeeded;
  private final SslContext context;

  /**
   * @param protocol offered by ALPN
   * @param protocolNeeded whether a server that does not choose it is refused
   */
  TlsPath(
      Exit exit,
      ClientTls tls,
      Clock clock,
      String transport,
      String protocol,
      boolean protocolNeeded)
      throws IOException {
    this.exit = exit;
    this.tls = tls;
    this.clock = clock;
    this.transport = transport;
    this.protocol = protocol;
    this.protocolNeeded = protocolNeeded;
    context = tls.overTcp(protocol);
  }

  /**
   * Connects.
   *
   * @param over is added behind TLS before anything arrives
   */
  Secured connect(InetSocketAddress server, ChannelHandler over, long deadlineNanos)
      throws IOException, InterruptedException {
    CompletableFuture<SslHandler> shaken = new CompletableFuture<>();
    ChannelInitializer<Channel> handlers =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            SslHandler handler =
                context.newHandler(channel.alloc(), tls.name(), server.getPort(), TASKS);
            handler.setHandshakeTimeoutMillis(0);
            var _ =
                handler
                    .handshakeFuture()
                    .addListener(done -> {
                      if (!done.isSuccess()) {
                        shaken.completeExceptionally(failure(server, done.cause()));
                      } else if (!shaken.complete(handler)) {
                        var _ = channel.close();
                      }
                    });
            channel
                .pipeline()
                .addLast(handler, new FlushConsolidationHandler(TOGETHER, true), over);
          }
        };
    String who = Endpoint.text(server);
    long start = clock.nanoTime();
    CompletableFuture<Channel> connecting = exit.connect(server, handlers);
    Channel channel =
        Sessions.await(connecting, clock, deadlineNanos, who + " took no connection in time");
    long connected = clock.nanoTime();
    try {
      SslHandler done =
          Sessions.await(
              shaken, clock, deadlineNanos, who + " did not finish the TLS handshake in time");
      return new Secured(channel, handshake(done, connected - start, connected));
    } catch (IOException | InterruptedException e) {
      var _ = channel.close();
      throw e;
    }
  }

  private Handshake handshake(SslHandler handler, long connectNanos, long connected)
      throws SessionException {
    String chosen = handler.applicationProtocol();
    if (protocolNeeded && !protocol.equals(chosen)) {
      throw SessionException.refused(tls.name() + " does not speak " + protocol + " (ALPN)");
    }
    SSLSession session = handler.engine().getSession();
    return new Handshake(
        transport,
        session.getProtocol() + " " + session.getCipherSuite(),
        certificate(session),
        connectNanos,
        clock.nanoTime() - connected);
  }

  static @Nullable X509Certificate certificate(SSLSession session) {
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate leaf ? leaf : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  private SessionException failure(InetSocketAddress server, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UntrustedException untrusted) {
        return SessionException.untrusted(String.valueOf(untrusted.getMessage()));
      }
    }
    String who = Endpoint.text(server);
    SessionException refusal = CertificateAlert.in(failure, who);
    if (refusal != null) {
      return refusal;
    }
    if (failure instanceof java.nio.channels.ClosedChannelException) {
      return SessionException.unreachable(who + " closed the connection in the TLS handshake");
    }
    return SessionException.unreachable(
        "TLS with " + who + " failed: " + ClientTls.reason(failure));
  }
}
