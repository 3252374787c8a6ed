package dev.gander.proxy;

import dev.gander.node.ProxyServer.VmessCipher;
import java.security.SecureRandom;

/** What one VMess connection is keyed with: chosen by the client at random. */
final class VmessSession {

  private static final int LENGTH = 16;

  private final BodyCipher cipher;
  private final byte[] key = new byte[LENGTH];
  private final byte[] nonce = new byte[LENGTH];
  private final byte[] token = new byte[1];

  VmessSession(VmessCipher cipher, SecureRandom random) {
    this.cipher = BodyCipher.of(cipher);
    random.nextBytes(key);
    random.nextBytes(nonce);
    random.nextBytes(token);
  }

  BodyCipher cipher() {
    return cipher;
  }

  /** Of what the client sends, 16 bytes. */
  byte[] key() {
    return key.clone();
  }

  /** Likewise. */
  byte[] nonce() {
    return nonce.clone();
  }

  /** The server's answer repeats it. */
  byte token() {
    return token[0];
  }

  /** Seals chunks to the server. */
  Aead sealing() {
    return cipher.sealing(key, nonce);
  }

  /** Opens chunks of the server's. */
  Aead opening() {
    return cipher.opening(answerKey(), answerNonce());
  }

  byte[] answerKey() {
    return VmessKeys.halfSha256(key);
  }

  byte[] answerNonce() {
    return VmessKeys.halfSha256(nonce);
  }
}
