package dev.gander.tls;

import dev.gander.config.TlsSettings;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * gander's side of TLS to one upstream. Sessions are resumed: the context of one transport is made
 * once and remembers them. Any thread.
 */
public final class ClientTls {

  private final TlsSettings settings;
  private final X509TrustManager authorities;
  private final ServerTrust trust;

  /**
   * Reads the authorities to trust.
   *
   * @throws IOException if files of the configuration cannot be read any more
   * @throws GeneralSecurityException if they hold nothing of use
   */
  public ClientTls(TlsSettings settings) throws IOException, GeneralSecurityException {
    this(settings, Authorities.of(settings.ca()));
  }

  private ClientTls(TlsSettings settings, X509TrustManager authorities) {
    this.settings = settings;
    this.authorities = authorities;
    trust = new ServerTrust(settings, authorities);
  }

  /**
   * For another server, without reading the authorities again: {@code settings.ca} is not looked
   * at.
   */
  public ClientTls withSameAuthorities(TlsSettings other) {
    return new ClientTls(other, authorities);
  }

  /** Why TLS with a server failed, in words: not the bytes of what is no TLS. */
  public static String reason(Throwable failure) {
    return failure instanceof NotSslRecordException
        ? "what it says is no TLS"
        : String.valueOf(failure.getMessage());
  }

  /** Whom the handshake asks for: a name, or an address, which is not sent. */
  public String name() {
    return settings.asked();
  }

  /** What goes into the handshake: a name, never an address (RFC 6066 section 3). */
  public Optional<String> serverNameIndication() {
    return HostNames.isLiteral(settings.asked()) ? Optional.empty() : Optional.of(settings.asked());
  }

  /** Why the last certificate was refused, if it was. */
  public @Nullable UntrustedException refusal() {
    return trust.refusal();
  }

  /** The pin of a certificate's key, {@code sha256/…}. */
  public static String pin(X509Certificate certificate) {
    return "sha256/" + ServerTrust.pinOf(certificate);
  }

  /**
   * TLS 1.3 and 1.2 over a connection.
   *
   * @param protocol for ALPN
   * @throws IOException if the client's certificate or key is of no use
   */
  public SslContext overTcp(String protocol) throws IOException {
    return overTcp(List.of(protocol));
  }

  /**
   * TLS 1.3 and 1.2 over a connection.
   *
   * @param protocols for ALPN, the best first; empty: none is offered
   * @throws IOException if the client's certificate or key is of no use
   */
  public SslContext overTcp(List<String> protocols) throws IOException {
    return overTcp(protocols, SslProvider.JDK);
  }

  /**
   * As {@link #overTcp(List)}, for connections that carry more than questions: by BoringSSL, which
   * takes half of the JDK's time for handshakes and for bytes; by the JDK where the machine cannot
   * load it. Certificates are checked by the same code.
   *
   * @param protocols for ALPN, the best first; empty: none is offered
   * @throws IOException if the client's certificate or key is of no use
   */
  public SslContext forTraffic(List<String> protocols) throws IOException {
    return overTcp(protocols, OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK);
  }

  private SslContext overTcp(List<String> protocols, SslProvider provider) throws IOException {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(provider)
            .protocols("TLSv1.3", "TLSv1.2")
            // The trust manager checks the name, for QUIC too.
            .endpointIdentificationAlgorithm("")
            .trustManager(trust);
    if (!protocols.isEmpty()) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              Protocol.ALPN,
              SelectorFailureBehavior.NO_ADVERTISE,
              SelectedListenerFailureBehavior.ACCEPT,
              protocols));
    }
    try {
      if (settings.clientCertificate().isPresent() && settings.clientKey().isPresent()) {
        builder.keyManager(
            settings.clientCertificate().get().toFile(), settings.clientKey().get().toFile());
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw noIdentity(e);
    }
  }

  /**
   * TLS 1.3 inside of QUIC.
   *
   * @param earlyData whether questions may leave before the server has proven who it is (0-RTT)
   * @throws IOException if the client's certificate or key is of no use
   */
  public QuicSslContext overQuic(boolean earlyData, String protocol) throws IOException {
    return overQuic(context(protocol).earlyData(earlyData));
  }

  /**
   * TLS 1.3 inside of QUIC.
   *
   * @param protocols for ALPN, the best first; a server must choose one
   * @param exporter is given what it needs of each handshake
   * @throws IOException if the client's certificate or key is of no use
   */
  public QuicSslContext overQuic(List<String> protocols, Optional<TlsExporter> exporter)
      throws IOException {
    QuicSslContextBuilder builder = context(protocols.toArray(String[]::new));
    exporter.ifPresent(builder::keylog);
    return overQuic(builder);
  }

  private QuicSslContextBuilder context(String... protocols) {
    return QuicSslContextBuilder.forClient().trustManager(trust).applicationProtocols(protocols);
  }

  private QuicSslContext overQuic(QuicSslContextBuilder builder) throws IOException {
    try {
      if (settings.clientCertificate().isPresent() && settings.clientKey().isPresent()) {
        File key = settings.clientKey().get().toFile();
        builder.keyManager(key, null, settings.clientCertificate().get().toFile());
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw noIdentity(e);
    }
  }

  private static IOException noIdentity(IllegalArgumentException e) {
    return new IOException("client_cert or client_key is of no use: " + e.getMessage(), e);
  }
}
