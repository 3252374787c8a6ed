package dev.gander.tls;

import io.netty.handler.codec.quic.BoringSSLKeylog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.WeakHashMap;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLEngine;

/**
 * Keying material exported from TLS 1.3 inside of QUIC (RFC 8446 section 7.5). Netty gives no
 * exporter, but the secret it is computed from, as the key log has it. Any thread.
 */
public final class TlsExporter implements BoringSSLKeylog {

  private static final String LINE = "EXPORTER_SECRET ";

  /** Of handshakes that are done or under way. */
  private final Map<SSLEngine, byte[]> secrets = new WeakHashMap<>();

  /** Takes one line of the key log; called by Netty. */
  @Override
  public void logKey(SSLEngine engine, String line) {
    if (line.startsWith(LINE)) {
      byte[] secret = HexFormat.of().parseHex(line.substring(line.lastIndexOf(' ') + 1).strip());
      synchronized (secrets) {
        secrets.put(engine, secret);
      }
    }
  }

  /**
   * What both ends of a connection can compute, and nobody else; once for each.
   *
   * @param label at most 249 bytes
   * @throws IOException if the handshake is not done, or this was asked for before
   */
  public byte[] export(SSLEngine engine, byte[] label, byte[] context, int length)
      throws IOException {
    byte[] secret;
    synchronized (secrets) {
      secret = secrets.remove(engine);
    }
    if (secret == null) {
      throw new IOException("TLS gave no exporter secret");
    }
    try {
      String bits = secret.length == 48 ? "384" : "256";
      MessageDigest hash = MessageDigest.getInstance("SHA-" + bits);
      KDF kdf = KDF.getInstance("HKDF-SHA" + bits);
      byte[] derived = expanded(kdf, secret, label, hash.digest(), hash.getDigestLength());
      byte[] exporter = "exporter".getBytes(StandardCharsets.US_ASCII);
      return expanded(kdf, derived, exporter, hash.digest(context), length);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has HKDF with SHA-2", e);
    }
  }

  /** HKDF-Expand-Label, RFC 8446 section 7.1. */
  private static byte[] expanded(KDF kdf, byte[] secret, byte[] label, byte[] context, int length)
      throws GeneralSecurityException {
    byte[] prefix = "tls13 ".getBytes(StandardCharsets.US_ASCII);
    byte[] info =
        ByteBuffer.allocate(4 + prefix.length + label.length + context.length)
            .putShort((short) length)
            .put((byte) (prefix.length + label.length))
            .put(prefix)
            .put(label)
            .put((byte) context.length)
            .put(context)
            .array();
    SecretKeySpec key = new SecretKeySpec(secret, "HKDF");
    return kdf.deriveData(HKDFParameterSpec.expandOnly(key, info, length));
  }
}
