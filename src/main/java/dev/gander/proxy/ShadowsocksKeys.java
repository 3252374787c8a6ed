package dev.gander.proxy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.Blake3Digest;
import org.bouncycastle.crypto.params.Blake3Parameters;

/** The keys of Shadowsocks: from the password, and one for each stream or datagram. */
final class ShadowsocksKeys {

  private static final byte[] SUBKEY = "ss-subkey".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SUBKEY_2022 =
      "shadowsocks 2022 session subkey".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] IDENTITY =
      "shadowsocks 2022 identity subkey".getBytes(StandardCharsets.US_ASCII);
  private static final int SHA1_LENGTH = 20;

  private ShadowsocksKeys() {}

  /** OpenSSL's EVP_BytesToKey with MD5, no salt and one round. */
  static byte[] ofPassword(byte[] password, int length) {
    byte[] key = new byte[length];
    byte[] last = new byte[0];
    for (int at = 0; at < length; at += last.length) {
      MessageDigest md5 = md5();
      md5.update(last);
      last = md5.digest(password);
      System.arraycopy(last, 0, key, at, Math.min(last.length, length - at));
    }
    return key;
  }

  static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has MD5", e);
    }
  }

  /** The subkey of SIP004, as long as the key. */
  static byte[] subkey(byte[] key, byte[] salt) {
    return hkdfSha1(key, salt, SUBKEY, key.length);
  }

  /** HKDF (RFC 5869) with SHA-1, which the JDK's own does not offer. */
  static byte[] hkdfSha1(byte[] secret, byte[] salt, byte[] info, int length) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(salt, "HmacSHA1"));
      mac.init(new SecretKeySpec(mac.doFinal(secret), "HmacSHA1"));
      byte[] output = new byte[length];
      byte[] last = new byte[0];
      for (int at = 0; at < length; at += SHA1_LENGTH) {
        mac.update(last);
        mac.update(info);
        mac.update((byte) (at / SHA1_LENGTH + 1));
        last = mac.doFinal();
        System.arraycopy(last, 0, output, at, Math.min(SHA1_LENGTH, length - at));
      }
      return output;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has HMAC with SHA-1", e);
    }
  }

  /** The session subkey of SIP022: BLAKE3 in its mode that derives keys, as long as the key. */
  static byte[] subkey2022(byte[] key, byte[] salt) {
    return derived(SUBKEY_2022, key, salt);
  }

  /** What SIP023 calls a key by: the first 16 bytes of its BLAKE3 hash. */
  static byte[] identity(byte[] key) {
    Blake3Digest digest = new Blake3Digest();
    digest.init(null);
    digest.update(key, 0, key.length);
    byte[] hash = new byte[16];
    digest.doFinal(hash, 0, hash.length);
    return hash;
  }

  /**
   * The identity header of a stream (SIP023): says to who has {@code key} which key is next.
   *
   * @param salt of the stream
   */
  @SuppressWarnings("InsecureCryptoUsage") // one block for each key, and each stream has another
  static byte[] identityHeader(byte[] key, byte[] salt, byte[] next) {
    try {
      Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
      byte[] subkey = derived(IDENTITY, key, salt);
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(subkey, "AES"));
      return cipher.doFinal(identity(next));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has AES", e);
    }
  }

  private static byte[] derived(byte[] context, byte[] key, byte[] salt) {
    Blake3Digest digest = new Blake3Digest();
    digest.init(Blake3Parameters.context(context));
    digest.update(key, 0, key.length);
    digest.update(salt, 0, salt.length);
    byte[] subkey = new byte[key.length];
    digest.doFinal(subkey, 0, subkey.length);
    return subkey;
  }

  /** The key of RC4-MD5 for one stream or datagram. */
  static byte[] rc4(byte[] key, byte[] iv) {
    MessageDigest md5 = md5();
    md5.update(key);
    return md5.digest(iv);
  }

  /** A part of bytes, for keys and nonces. */
  static byte[] part(byte[] bytes, int from, int length) {
    return Arrays.copyOfRange(bytes, from, from + length);
  }
}
