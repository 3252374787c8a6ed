package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.proxy.Aead.Algorithm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of Shadowsocks 2022 with AES (SIP022 section 3.2): a header of session and number,
 * encrypted by itself, and a body sealed with the session's key. Event loop.
 */
final class Shadowsocks2022Datagrams implements ShadowsocksMethod.Datagrams {

  private static final int HEADER = 16;
  private static final int REQUEST = 0;
  private static final int ANSWER = 1;

  /** How long a server's session before the current one may still answer. */
  private static final long FORMER_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final byte[] key;
  private final Clock clock;
  private final Cipher sealHeader;
  private final Cipher openHeader;
  private final long session;
  private final byte[] subkey;
  private long next;
  private @Nullable ServerSession current;
  private @Nullable ServerSession former;
  private long formerUntil;

  Shadowsocks2022Datagrams(byte[] key, Clock clock, SecureRandom random) {
    this.key = key;
    this.clock = clock;
    session = random.nextLong();
    subkey = subkey(session);
    sealHeader = blocks(Cipher.ENCRYPT_MODE);
    openHeader = blocks(Cipher.DECRYPT_MODE);
  }

  /** A single block, each of which has another number. */
  @SuppressWarnings("InsecureCryptoUsage")
  private Cipher blocks(int mode) {
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
    byte[] header = ByteBuffer.allocate(HEADER).putLong(session).putLong(next++).array();
    ByteBuf prefix =
        Unpooled.buffer(1 + 8 + 2)
            .writeByte(REQUEST)
            .writeLong(Shadowsocks2022.seconds(clock))
            .writeShort(0);
    ByteBuf body = Unpooled.wrappedBuffer(prefix, plain.retain());
    try {
      out.writeBytes(block(sealHeader, header));
      Aead.sealing(Algorithm.AES_GCM, subkey)
          .from(nonce(header))
          .seal(body, body.readableBytes(), out);
    } finally {
      body.release();
    }
  }

  @Override
  public boolean open(ByteBuf sealed, ByteBuf plain) throws IOException {
    int length = sealed.readableBytes() - HEADER - Aead.TAG;
    if (length < 1 + 8 + 8 + 2) {
      return false;
    }
    byte[] encrypted = new byte[HEADER];
    sealed.readBytes(encrypted);
    byte[] header = block(openHeader, encrypted);
    ByteBuffer numbers = ByteBuffer.wrap(header);
    ServerSession server = session(numbers.getLong());
    Aead.opening(Algorithm.AES_GCM, server.subkey).from(nonce(header)).open(sealed, length, plain);
    if (plain.readByte() != ANSWER) {
      throw new IOException("it sends what is no answer");
    }
    Shadowsocks2022.checkTime(plain.readLong(), clock);
    if (plain.readLong() != session) {
      throw new IOException("it answers another session");
    }
    int padding = plain.readUnsignedShort();
    if (padding > plain.readableBytes()) {
      return false;
    }
    plain.skipBytes(padding);
    // Only now, as what is forged must not close the window to what is not.
    if (!server.window.take(numbers.getLong())) {
      return false;
    }
    adopt(server);
    return true;
  }

  private ServerSession session(long id) {
    ServerSession known = current;
    if (known != null && known.id == id) {
      return known;
    }
    ServerSession older = former;
    if (older != null && older.id == id && clock.nanoTime() - formerUntil < 0) {
      return older;
    }
    return new ServerSession(id, subkey(id));
  }

  /** A server that was started again has a new session. */
  private void adopt(ServerSession server) {
    if (server != current && server != former) {
      former = current;
      formerUntil = clock.nanoTime() + FORMER_NANOS;
      current = server;
    }
  }

  /** One of the server's, and which of its datagrams have come. */
  private static final class ServerSession {

    private final long id;
    private final byte[] subkey;
    private final ReplayWindow window = new ReplayWindow();

    ServerSession(long id, byte[] subkey) {
      this.id = id;
      this.subkey = subkey;
    }
  }
}
