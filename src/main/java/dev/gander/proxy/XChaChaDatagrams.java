package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.proxy.Aead.Algorithm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.security.SecureRandom;

/**
 * The datagrams of Shadowsocks 2022 with ChaCha20 (SIP022 section 4.1): a nonce chosen at random,
 * and all else sealed with the key itself by XChaCha20-Poly1305. Event loop.
 */
final class XChaChaDatagrams implements ShadowsocksMethod.Datagrams {

  private static final int NONCE = 24;
  private static final int NUMBERS = 8 + 8;

  /** Of the nonce, what makes a key; the rest is the nonce of the cipher below. */
  private static final int FOR_KEY = 16;

  private final byte[] key;
  private final SecureRandom random;
  private final ServerSessions sessions;

  XChaChaDatagrams(byte[] key, Clock clock, SecureRandom random) {
    this.key = key;
    this.random = random;
    sessions = new ServerSessions(clock, random, _ -> key);
  }

  @Override
  public void seal(ByteBuf plain, ByteBuf out) {
    byte[] nonce = new byte[NONCE];
    random.nextBytes(nonce);
    ByteBuf numbers =
        Unpooled.buffer(NUMBERS).writeLong(sessions.own()).writeLong(sessions.nextNumber());
    ByteBuf body = Unpooled.wrappedBuffer(numbers, sessions.requestHead(), plain.retain());
    try {
      out.writeBytes(nonce);
      Aead.sealing(Algorithm.CHACHA20_POLY1305, subkey(nonce))
          .from(shortNonce(nonce))
          .seal(body, body.readableBytes(), out);
    } finally {
      body.release();
    }
  }

  @Override
  public boolean open(ByteBuf sealed, ByteBuf plain) throws IOException {
    int length = sealed.readableBytes() - NONCE - Aead.TAG;
    if (length < NUMBERS + ServerSessions.ANSWER_HEAD) {
      return false;
    }
    byte[] nonce = new byte[NONCE];
    sealed.readBytes(nonce);
    Aead.opening(Algorithm.CHACHA20_POLY1305, subkey(nonce))
        .from(shortNonce(nonce))
        .open(sealed, length, plain);
    ServerSessions.Session server = sessions.session(plain.readLong());
    return sessions.take(server, plain.readLong(), plain);
  }

  private byte[] subkey(byte[] nonce) {
    return HChaCha20.subkey(key, ShadowsocksKeys.part(nonce, 0, FOR_KEY));
  }

  private static byte[] shortNonce(byte[] nonce) {
    byte[] rest = new byte[12];
    System.arraycopy(nonce, FOR_KEY, rest, 4, NONCE - FOR_KEY);
    return rest;
  }
}
