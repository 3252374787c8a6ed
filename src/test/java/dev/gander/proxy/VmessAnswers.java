package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;

/** What a VMess server sends, made of its documents. */
final class VmessAnswers {

  private VmessAnswers() {}

  /** The head, and each of {@code chunks} as one; an empty one is the end. */
  static byte[] of(VmessSession session, SecureRandom random, byte[]... chunks) {
    ByteBuf wire = Unpooled.buffer();
    byte[] head = {session.token(), 0, 0, 0};
    wire.writeBytes(sealed(session, "Len ", new byte[] {0, (byte) head.length}));
    wire.writeBytes(sealed(session, "", head));
    Aead cipher = session.cipher().sealing(session.answerKey(), session.answerNonce());
    Shake128 mask = new Shake128(session.answerNonce());
    for (byte[] chunk : chunks) {
      byte[] padding = new byte[mask.nextShort() % 64];
      random.nextBytes(padding);
      wire.writeShort((chunk.length + 16 + padding.length) ^ mask.nextShort());
      cipher.seal(Unpooled.wrappedBuffer(chunk), chunk.length, wire);
      wire.writeBytes(padding);
    }
    return ByteBufUtil.getBytes(wire);
  }

  private static byte[] sealed(VmessSession session, String part, byte[] plain) {
    try {
      return VmessKeys.gcm(
          Cipher.ENCRYPT_MODE,
          VmessKeys.derive(session.answerKey(), ascii("AEAD Resp Header " + part + "Key")),
          VmessKeys.derive(session.answerNonce(), ascii("AEAD Resp Header " + part + "IV")),
          new byte[0],
          plain,
          0,
          plain.length);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
