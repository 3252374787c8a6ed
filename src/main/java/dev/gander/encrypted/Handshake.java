package dev.gander.encrypted;

import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * How a connection came about, for people.
 *
 * @param transport such as {@code tls}, {@code https (HTTP/2)}
 * @param security such as {@code TLSv1.3 TLS_AES_256_GCM_SHA384}
 * @param certificate the server's; null if TLS does not tell
 * @param connectNanos until the path stood; 0 with QUIC, which has no such stage
 * @param handshakeNanos from there until questions may leave
 */
public record Handshake(
    String transport,
    String security,
    @Nullable X509Certificate certificate,
    long connectNanos,
    long handshakeNanos) {}
