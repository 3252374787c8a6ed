package dev.gander.proxy;

import dev.gander.config.TlsSettings;
import dev.gander.node.ProxyServer;
import dev.gander.tls.ClientTls;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What TLS with proxy servers needs, for all of them: the authorities are read once, when the first
 * is connected to. Any thread.
 */
public final class ProxyTls {

  /**
   * How the first record of a handshake leaves.
   *
   * @param leastBytes of a piece, at least 1
   */
  public record Pieces(int leastBytes, int mostBytes, int leastMillis, int mostMillis) {}

  private final Optional<Path> authorities;
  private final boolean allowInsecure;
  private final Optional<Pieces> pieces;
  private @Nullable ClientTls first;

  /**
   * @param authorities PEM certificates to trust in place of the system's
   */
  public ProxyTls(Optional<Path> authorities) {
    this(authorities, false, Optional.empty());
  }

  /**
   * @param authorities PEM certificates to trust in place of the system's
   * @param allowInsecure whether any certificate will do, whatever a link says
   * @param pieces in which the first record leaves; empty: it leaves whole
   */
  public ProxyTls(Optional<Path> authorities, boolean allowInsecure, Optional<Pieces> pieces) {
    this.authorities = authorities;
    this.allowInsecure = allowInsecure;
    this.pieces = pieces;
  }

  /** In which the first record leaves. */
  Optional<Pieces> pieces() {
    return pieces;
  }

  /** Reads files the first time, which takes tens of milliseconds. */
  ClientTls client(ProxyServer.Tls tls) throws IOException {
    return client(tls, Optional.empty());
  }

  /** As {@link #client}, and the certificate must have this fingerprint, if there is one. */
  synchronized ClientTls client(ProxyServer.Tls tls, Optional<String> fingerprint)
      throws IOException {
    TlsSettings settings =
        TlsSettings.ofServer(tls.serverName(), tls.verify() && !allowInsecure, authorities)
            .withFingerprint(fingerprint);
    try {
      ClientTls known = first;
      if (known == null) {
        known = new ClientTls(settings);
        first = known;
      }
      return known.withSameAuthorities(settings);
    } catch (GeneralSecurityException e) {
      throw new IOException("no certificates to trust: " + e.getMessage(), e);
    }
  }
}
