package dev.gander.proxy;

import dev.gander.node.ProxyServer.VmessCipher;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** How chunks of VMess are sealed. */
enum BodyCipher {
  AES_128_GCM(3),
  CHACHA20_POLY1305(4);

  /** What a sealed chunk is longer. */
  static final int TAG = 16;

  private final int code;

  BodyCipher(int code) {
    this.code = code;
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

    private final BodyCipher kind;
    private final int mode;
    private final SecretKeySpec key;
    private final byte[] nonce;
    private final Cipher cipher;
    private int count;

    private OneWay(BodyCipher kind, int mode, byte[] key, byte[] nonce) {
      this.kind = kind;
      this.mode = mode;
      this.nonce = Arrays.copyOf(nonce, 12);
      try {
        if (kind == AES_128_GCM) {
          this.key = new SecretKeySpec(key, "AES");
          cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } else {
          byte[] half = VmessKeys.md5(key);
          byte[] whole = Arrays.copyOf(half, 32);
          System.arraycopy(VmessKeys.md5(half), 0, whole, 16, 16);
          this.key = new SecretKeySpec(whole, "ChaCha20");
          cipher = Cipher.getInstance("ChaCha20-Poly1305");
        }
      } catch (GeneralSecurityException e) {
        throw new AssertionError("every JDK has " + kind, e);
      }
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
      AlgorithmParameterSpec parameters =
          kind == AES_128_GCM ? new GCMParameterSpec(8 * TAG, nonce) : new IvParameterSpec(nonce);
      cipher.init(mode, key, parameters);
      cipher.doFinal(in, out);
    }
  }
}
