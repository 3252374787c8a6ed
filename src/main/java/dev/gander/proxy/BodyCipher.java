package dev.gander.proxy;

import dev.gander.node.ProxyServer.VmessCipher;
import dev.gander.proxy.Aead.Algorithm;
import java.util.Arrays;

/** How chunks of VMess are sealed. */
enum BodyCipher {
  AES_128_GCM(3, Algorithm.AES_GCM),
  CHACHA20_POLY1305(4, Algorithm.CHACHA20_POLY1305);

  /** What a sealed chunk is longer. */
  static final int TAG = Aead.TAG;

  private final int code;
  private final Algorithm algorithm;

  BodyCipher(int code, Algorithm algorithm) {
    this.code = code;
    this.algorithm = algorithm;
  }

  static BodyCipher of(VmessCipher cipher) {
    return switch (cipher) {
      case AES_128_GCM -> AES_128_GCM;
      case CHACHA20_POLY1305 -> CHACHA20_POLY1305;
    };
  }

  /** As requests name it. */
  int code() {
    return code;
  }

  /**
   * Seals one chunk after the other.
   *
   * @param key 16 bytes, as sessions have them
   */
  Aead sealing(byte[] key, byte[] nonce) {
    return Aead.sealing(algorithm, whole(key)).numbering(nonce);
  }

  /** Opens them; the parameters are the same. */
  Aead opening(byte[] key, byte[] nonce) {
    return Aead.opening(algorithm, whole(key)).numbering(nonce);
  }

  private byte[] whole(byte[] key) {
    if (this == AES_128_GCM) {
      return key;
    }
    byte[] half = VmessKeys.md5(key);
    byte[] whole = Arrays.copyOf(half, 32);
    System.arraycopy(VmessKeys.md5(half), 0, whole, 16, 16);
    return whole;
  }
}
