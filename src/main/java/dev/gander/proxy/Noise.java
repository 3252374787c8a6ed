package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Bytes that nobody can foresee, for paddings: the key stream of a cipher whose key is random. The
 * system's own would cost a tenth of what sealing does. One thread at a time.
 */
final class Noise {

  private static final int BLOCK = 16;

  private final Cipher stream;
  private final byte[] nothing = new byte[1 << 10];
  private final byte[] bytes = new byte[nothing.length];
  private int used = bytes.length;

  Noise(SecureRandom random) {
    byte[] key = new byte[BLOCK];
    random.nextBytes(key);
    try {
      stream = Cipher.getInstance("AES/CTR/NoPadding");
      stream.init(
          Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(new byte[BLOCK]));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has AES", e);
    }
  }

  /**
   * Appends some.
   *
   * @param length at most 1,024 bytes
   */
  void write(ByteBuf out, int length) {
    if (bytes.length - used < length) {
      refill();
    }
    out.writeBytes(bytes, used, length);
    used += length;
  }

  private void refill() {
    try {
      int _ = stream.update(nothing, 0, nothing.length, bytes, 0);
      used = 0;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("as much comes out as goes in", e);
    }
  }
}
