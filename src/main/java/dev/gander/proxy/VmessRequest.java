package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a VMess client says ahead of data: who it is and when, the keys of this connection, and
 * where to. Sealed as the AEAD header of v2fly's documents.
 */
final class VmessRequest {

  private static final int VERSION = 1;
  private static final int LONGEST_PADDING = 15;

  /** In chunks, their lengths masked, and padded. */
  private static final int OPTIONS = 0x01 | 0x04 | 0x08;

  /** What is asked for. */
  enum Command {
    TCP(1),
    UDP(2);

    private final int code;

    Command(int code) {
      this.code = code;
    }
  }

  private final VmessSession session;
  private final Command command;
  private final byte[] target;
  private final SecureRandom random;

  /**
   * @param target as {@link V2rayAddress} has it
   */
  VmessRequest(VmessSession session, Command command, byte[] target, SecureRandom random) {
    this.session = session;
    this.command = command;
    this.target = target;
    this.random = random;
  }

  /**
   * @param userKey of {@link VmessKeys#ofUser}
   * @param epochSeconds which the server compares with its own clock
   */
  ByteBuf sealed(ByteBufAllocator allocator, byte[] userKey, long epochSeconds) {
    try {
      byte[] who = authentication(userKey, epochSeconds);
      byte[] nonce = new byte[8];
      random.nextBytes(nonce);
      byte[] command = command();
      byte[] length = {(byte) (command.length >> 8), (byte) command.length};
      return allocator
          .buffer()
          .writeBytes(who)
          .writeBytes(sealed(userKey, "_Length", who, nonce, length))
          .writeBytes(nonce)
          .writeBytes(sealed(userKey, "", who, nonce, command));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has AES", e);
    }
  }

  private byte[] authentication(byte[] userKey, long epochSeconds) throws GeneralSecurityException {
    ByteBuffer plain = ByteBuffer.allocate(16).putLong(epochSeconds).putInt(random.nextInt());
    CRC32 checksum = new CRC32();
    checksum.update(plain.array(), 0, 12);
    plain.putInt((int) checksum.getValue());
    byte[] key = VmessKeys.derive(userKey, ascii("AES Auth ID Encryption"));
    Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
    cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, 0, 16, "AES"));
    return cipher.doFinal(plain.array());
  }

  private static byte[] sealed(byte[] userKey, String part, byte[] who, byte[] nonce, byte[] plain)
      throws GeneralSecurityException {
    return VmessKeys.gcm(
        Cipher.ENCRYPT_MODE,
        VmessKeys.derive(userKey, ascii("VMess Header AEAD Key" + part), who, nonce),
        VmessKeys.derive(userKey, ascii("VMess Header AEAD Nonce" + part), who, nonce),
        who,
        plain,
        0,
        plain.length);
  }

  private byte[] command() {
    byte[] padding = new byte[random.nextInt(LONGEST_PADDING + 1)];
    random.nextBytes(padding);
    ByteBuffer plain =
        ByteBuffer.allocate(41 + 4 + target.length + padding.length)
            .put((byte) VERSION)
            .put(session.nonce())
            .put(session.key())
            .put(session.token())
            .put((byte) OPTIONS)
            .put((byte) (padding.length << 4 | session.cipher().code()))
            .put((byte) 0)
            .put((byte) command.code)
            .put(target)
            .put(padding);
    plain.putInt(fnv1a(plain.array(), plain.position()));
    return Arrays.copyOf(plain.array(), plain.position());
  }

  /** FNV-1a of 32 bits. */
  static int fnv1a(byte[] bytes, int length) {
    int hash = 0x811c9dc5;
    for (int i = 0; i < length; i++) {
      hash = (hash ^ (bytes[i] & 0xff)) * 0x01000193;
    }
    return hash;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
