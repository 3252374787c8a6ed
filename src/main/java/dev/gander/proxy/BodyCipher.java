package dev.gander.proxy;

import dev.gander.node.ProxyServer.VmessCipher;
import dev.gander.proxy.Aead.Algorithm;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

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
   * One direction.
   *
   * @param key 16 bytes, as sessions have them
   */
  OneWay oneWay(int mode, byte[] key, byte[] nonce) {
    return new OneWay(this, mode, key, nonce);
  }

  /** Seals or opens one chunk after the other; the counter in their nonces has 16 bits. */
  static final class OneWay {

    static final int NONCES = 1 << 16;

    private final Algorithm algorithm;
    private final int mode;
    private final SecretKeySpec key;
    private final byte[] nonce;
    private final Cipher cipher;
    private int count;

    private OneWay(BodyCipher kind, int mode, byte[] key, byte[] nonce) {
      this.mode = mode;
      this.nonce = Arrays.copyOf(nonce, 12);
      algorithm = kind.algorithm;
      cipher = algorithm.cipher();
      this.key = algorithm.key(kind == AES_128_GCM ? key : doubled(key));
    }

    private static byte[] doubled(byte[] key) {
      byte[] half = VmessKeys.md5(key);
      byte[] whole = Arrays.copyOf(half, 32);
      System.arraycopy(VmessKeys.md5(half), 0, whole, 16, 16);
      return whole;
    }

    /** How many chunks have been done. */
    int count() {
      return count;
    }

    /** The next chunk. */
    void next(ByteBuffer in, ByteBuffer out) throws GeneralSecurityException {
      nonce[0] = (byte) (count >> 8);
      nonce[1] = (byte) count;
      count++;
      cipher.init(mode, key, algorithm.parameters(nonce));
      cipher.doFinal(in, out);
    }
  }
}
