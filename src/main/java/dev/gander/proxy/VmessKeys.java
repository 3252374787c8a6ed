package dev.gander.proxy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The derivation of keys and nonces in VMess AEAD headers: HMACs in HMACs over SHA-256. */
final class VmessKeys {

  private static final int BLOCK = 64;
  private static final int TAG_BITS = 128;
  private static final byte[] ROOT = "VMess AEAD KDF".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] COMMAND_SALT =
      "c48619fe-8f02-49e0-b9e9-edf763e17e21".getBytes(StandardCharsets.US_ASCII);

  private VmessKeys() {}

  /** A hash function of bytes that stand in pieces. */
  @FunctionalInterface
  private interface Hash {
    byte[] of(byte[]... pieces);
  }

  /** A user's key for everything that goes ahead of data. */
  static byte[] ofUser(byte[] id) {
    MessageDigest md5 = digest("MD5");
    md5.update(id);
    return md5.digest(COMMAND_SALT);
  }

  /**
   * 32 bytes for one purpose.
   *
   * @param path what it is for, and for which connection; each at most 64 bytes
   */
  static byte[] derive(byte[] key, byte[]... path) {
    Hash hash = hmac(VmessKeys::sha256, ROOT);
    for (byte[] step : path) {
      hash = hmac(hash, step);
    }
    return hash.of(key);
  }

  private static Hash hmac(Hash inner, byte[] key) {
    return pieces -> {
      byte[][] all = new byte[pieces.length + 1][];
      all[0] = padded(key, 0x36);
      System.arraycopy(pieces, 0, all, 1, pieces.length);
      return inner.of(padded(key, 0x5c), inner.of(all));
    };
  }

  private static byte[] padded(byte[] key, int pad) {
    byte[] block = Arrays.copyOf(key, BLOCK);
    for (int i = 0; i < BLOCK; i++) {
      block[i] ^= (byte) pad;
    }
    return block;
  }

  private static byte[] sha256(byte[]... pieces) {
    MessageDigest sha = digest("SHA-256");
    for (byte[] piece : pieces) {
      sha.update(piece);
    }
    return sha.digest();
  }

  /** The first 16 bytes of SHA-256. */
  static byte[] halfSha256(byte[] input) {
    return Arrays.copyOf(sha256(input), 16);
  }

  static byte[] md5(byte[] input) {
    return digest("MD5").digest(input);
  }

  private static MessageDigest digest(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has " + name, e);
    }
  }

  /**
   * AES-128-GCM with a key and a nonce that are derived for it alone.
   *
   * @param mode of {@link Cipher}
   * @param key its first 16 bytes are used
   * @param nonce its first 12 bytes are used
   * @param data sealed, or opened, from {@code offset} on
   * @throws GeneralSecurityException if sealed data is not what was sealed
   */
  static byte[] gcm(
      int mode, byte[] key, byte[] nonce, byte[] associated, byte[] data, int offset, int length)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        mode, new SecretKeySpec(key, 0, 16, "AES"), new GCMParameterSpec(TAG_BITS, nonce, 0, 12));
    cipher.updateAAD(associated);
    return cipher.doFinal(data, offset, length);
  }
}
