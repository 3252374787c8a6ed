package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.proxy.Aead.Algorithm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * The datagrams of Shadowsocks 2022 with AES (SIP022 section 3.2): a header of session and number,
 * encrypted by itself, an identity header for each key before the user's (SIP023), and a body
 * sealed with the session's key. Event loop.
 */
final class Shadowsocks2022Datagrams implements ShadowsocksMethod.Datagrams {

  private static final int HEADER = 16;

  private final byte[] key;
  private final ServerSessions sessions;
  private final byte[] subkey;
  private final Cipher sealHeader;
  private final Cipher openHeader;

  /** By each key before the user's. */
  private final List<Cipher> identities = new ArrayList<>();

  /** The hash that stands in each identity header. */
  private final List<byte[]> hashes = new ArrayList<>();

  /**
   * @param keys those of identities, then the user's
   */
  Shadowsocks2022Datagrams(List<byte[]> keys, Clock clock, SecureRandom random) {
    key = keys.getLast();
    sessions = new ServerSessions(clock, random, this::subkey);
    subkey = subkey(sessions.own());
    sealHeader = blocks(Cipher.ENCRYPT_MODE, keys.getFirst());
    openHeader = blocks(Cipher.DECRYPT_MODE, key);
    for (int i = 0; i + 1 < keys.size(); i++) {
      identities.add(blocks(Cipher.ENCRYPT_MODE, keys.get(i)));
      hashes.add(ShadowsocksKeys.identity(keys.get(i + 1)));
    }
  }

  /** A single block, each of which has another number. */
  @SuppressWarnings("InsecureCryptoUsage")
  private static Cipher blocks(int mode, byte[] key) {
    try {
      Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
      cipher.init(mode, new SecretKeySpec(key, "AES"));
      return cipher;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has AES", e);
    }
  }

  private byte[] subkey(long ofSession) {
    return ShadowsocksKeys.subkey2022(key, ByteBuffer.allocate(8).putLong(ofSession).array());
  }

  private static byte[] block(Cipher cipher, byte[] block) throws IOException {
    try {
      return cipher.doFinal(block);
    } catch (GeneralSecurityException e) {
      throw new IOException("no header of a datagram: " + e.getMessage(), e);
    }
  }

  /** The nonce is what remains of the header, which is never the same twice. */
  private static byte[] nonce(byte[] header) {
    return ShadowsocksKeys.part(header, 4, 12);
  }

  @Override
  public void seal(ByteBuf plain, ByteBuf out) throws IOException {
    byte[] header =
        ByteBuffer.allocate(HEADER).putLong(sessions.own()).putLong(sessions.nextNumber()).array();
    ByteBuf body = Unpooled.wrappedBuffer(sessions.requestHead(), plain.retain());
    try {
      out.writeBytes(block(sealHeader, header));
      for (int i = 0; i < identities.size(); i++) {
        out.writeBytes(block(identities.get(i), either(hashes.get(i), header)));
      }
      Aead.sealing(Algorithm.AES_GCM, subkey)
          .from(nonce(header))
          .seal(body, body.readableBytes(), out);
    } finally {
      body.release();
    }
  }

  /** Exclusive or, so that it is another each time. */
  private static byte[] either(byte[] hash, byte[] header) {
    byte[] mixed = new byte[HEADER];
    for (int i = 0; i < HEADER; i++) {
      mixed[i] = (byte) (hash[i] ^ header[i]);
    }
    return mixed;
  }

  @Override
  public boolean open(ByteBuf sealed, ByteBuf plain) throws IOException {
    int length = sealed.readableBytes() - HEADER - Aead.TAG;
    if (length < ServerSessions.ANSWER_HEAD) {
      return false;
    }
    byte[] encrypted = new byte[HEADER];
    sealed.readBytes(encrypted);
    byte[] header = block(openHeader, encrypted);
    ByteBuffer numbers = ByteBuffer.wrap(header);
    ServerSessions.Session server = sessions.session(numbers.getLong());
    Aead.opening(Algorithm.AES_GCM, server.key()).from(nonce(header)).open(sealed, length, plain);
    return sessions.take(server, numbers.getLong(), plain);
  }
}
