package dev.gander.tls;

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
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * gander's side of TLS to its clients. A client that offers protocols (ALPN) and none of ours hears
 * so, {@code no_application_protocol} (RFC 7301 section 3.2); one that offers none is let in where
 * TLS is over TCP. Any thread.
 */
public final class ServerTls {

  private final PairFiles files;
  private final boolean quic;
  private final String[] protocols;
  private volatile Shown shown;
  private String looked;

  /** What connections get from now on: one of the two. */
  private sealed interface Shown {
    /** Of the files. */
    String stamp();
  }

  private record OverTcp(String stamp, SslContext context) implements Shown {}

  private record OverQuic(String stamp, QuicSslContext context) implements Shown {}

  /**
   * @param files what they hold is shown
   * @param quic whether it is for QUIC, else for TCP
   * @param protocols for ALPN, the best first
   * @throws IOException with what is wrong and its remedy
   */
  public ServerTls(PairFiles files, boolean quic, List<String> protocols) throws IOException {
    this.files = files;
    this.quic = quic;
    this.protocols = protocols.toArray(String[]::new);
    PemPair pair = files.current();
    looked = pair.stamp();
    shown = shown(pair);
  }

  private Shown shown(PemPair pair) throws IOException {
    X509Certificate[] chain = pair.chain().toArray(X509Certificate[]::new);
    try {
      if (quic) {
        return new OverQuic(
            pair.stamp(),
            QuicSslContextBuilder.forServer(pair.key(), null, chain)
                .applicationProtocols(protocols)
                .build());
      }
      return new OverTcp(
          pair.stamp(),
          SslContextBuilder.forServer(pair.key(), chain)
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2")
              .applicationProtocolConfig(
                  new ApplicationProtocolConfig(
                      Protocol.ALPN,
                      SelectorFailureBehavior.FATAL_ALERT,
                      SelectedListenerFailureBehavior.ACCEPT,
                      protocols))
              .build());
    } catch (IllegalArgumentException e) {
      throw new IOException(files + " are of no use: " + e.getMessage(), e);
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
    PemPair now = files.current();
    Shown known = shown;
    return known.stamp().equals(now.stamp()) ? known : anew(now);
  }

  private synchronized Shown anew(PemPair now) {
    if (!now.stamp().equals(looked)) {
      looked = now.stamp();
      try {
        shown = shown(now);
      } catch (IOException e) {
        files.useless(e);
      }
    }
    return shown;
  }
}
