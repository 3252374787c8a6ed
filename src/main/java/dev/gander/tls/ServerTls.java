package dev.gander.tls;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Bind.Identity;
import dev.gander.config.PemPair;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;

/**
 * gander's side of TLS to its clients: a certificate and its key, read anew when the files change.
 * They are looked at when a connection comes, at most once a second; new ones that are of no use
 * leave the old ones in force. Any thread.
 */
public final class ServerTls {

  /** Is told how reading anew ended. */
  @FunctionalInterface
  public interface Watcher {
    void reloaded(boolean success);
  }

  private static final System.Logger LOG = System.getLogger("dev.gander.tls");
  private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();

  private final Path certificate;
  private final Path key;
  private final boolean quic;
  private final String[] protocols;
  private final Clock clock;
  private final Watcher watcher;
  private volatile Shown shown;
  private String stamp;
  private long lookedNanos;

  /** What connections get from now on: one of the two. */
  private sealed interface Shown {}

  private record OverTcp(SslContext context) implements Shown {}

  private record OverQuic(QuicSslContext context) implements Shown {}

  /**
   * @param identity is shown until its files change
   * @param quic whether it is for QUIC, else for TCP
   * @param protocols for ALPN, the best first
   * @throws IOException with what is wrong and its remedy
   */
  public ServerTls(
      Identity identity, boolean quic, List<String> protocols, Clock clock, Watcher watcher)
      throws IOException {
    this.certificate = identity.certificate();
    this.key = identity.key();
    this.quic = quic;
    this.protocols = protocols.toArray(String[]::new);
    this.clock = clock;
    this.watcher = watcher;
    stamp = identity.pair().stamp();
    shown = shown(identity.pair());
    lookedNanos = clock.nanoTime();
  }

  private Shown shown(PemPair pair) throws IOException {
    X509Certificate[] chain = pair.chain().toArray(X509Certificate[]::new);
    try {
      if (quic) {
        return new OverQuic(
            QuicSslContextBuilder.forServer(pair.key(), null, chain)
                .applicationProtocols(protocols)
                .build());
      }
      return new OverTcp(
          SslContextBuilder.forServer(pair.key(), chain)
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2")
              .applicationProtocolConfig(
                  new ApplicationProtocolConfig(
                      Protocol.ALPN,
                      SelectorFailureBehavior.NO_ADVERTISE,
                      SelectedListenerFailureBehavior.ACCEPT,
                      protocols))
              .build());
    } catch (IllegalArgumentException e) {
      throw new IOException(certificate + " and " + key + " are of no use: " + e.getMessage(), e);
    }
  }

  /** For a connection by TCP that has just come. */
  public SslContext overTcp() {
    if (current() instanceof OverTcp tcp) {
      return tcp.context();
    }
    throw new IllegalStateException("made for QUIC");
  }

  /** For a connection by QUIC that has just come. */
  public QuicSslContext overQuic() {
    if (current() instanceof OverQuic made) {
      return made.context();
    }
    throw new IllegalStateException("made for TCP");
  }

  private Shown current() {
    if (clock.nanoTime() - lookedNanos >= LOOK_NANOS) {
      look();
    }
    return shown;
  }

  private synchronized void look() {
    lookedNanos = clock.nanoTime();
    String now = PemPair.stampOf(certificate, key);
    if (now.equals(stamp)) {
      return;
    }
    stamp = now;
    try {
      shown = shown(PemPair.read(certificate, key));
      LOG.log(Level.INFO, "certificate read anew: {0}", certificate);
      watcher.reloaded(true);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "the certificate stays as it was: {0}", e.getMessage());
      watcher.reloaded(false);
    }
  }
}
