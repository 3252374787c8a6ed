package dev.gander.encrypted;

import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Alerts about certificates that a server sends: they mean ours, or that we have none (RFC 8446
 * section 6.2). With TLS 1.3 they come when the handshake is over for us.
 */
final class CertificateAlert {

  private static final Map<Integer, String> NAMES =
      Map.of(
          42, "bad_certificate",
          43, "unsupported_certificate",
          44, "certificate_revoked",
          45, "certificate_expired",
          46, "certificate_unknown",
          48, "unknown_ca",
          116, "certificate_required");

  private static final String RECEIVED = "Received fatal alert: ";

  /** Where QUIC puts the alerts of TLS among its error codes (RFC 9001 section 4.8). */
  private static final int CRYPTO_ERROR = 0x100;

  private CertificateAlert() {}

  /** What a failure of the JDK's TLS means; null if it is no such alert. */
  static @Nullable SessionException in(Throwable failure, String server) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      int at = message.indexOf(RECEIVED);
      if (cause instanceof SSLException && at >= 0) {
        String name = message.substring(at + RECEIVED.length());
        return NAMES.containsValue(name) ? refused(server, name) : null;
      }
    }
    return null;
  }

  /** What the error code of a QUIC connection means; null if it is no such alert. */
  static @Nullable SessionException in(int quicError, String server) {
    String name = NAMES.get(quicError - CRYPTO_ERROR);
    return name == null ? null : refused(server, name);
  }

  private static SessionException refused(String server, String alert) {
    return SessionException.refused(
        server
            + " demands a certificate of its clients that it trusts: client_cert=, client_key= (TLS alert "
            + alert
            + ")");
  }
}
