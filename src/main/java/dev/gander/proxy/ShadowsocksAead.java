package dev.gander.proxy;

import dev.gander.proxy.Aead.Algorithm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Shadowsocks with AEAD ciphers, as SIP004 and SIP007 have it. A stream is a salt and chunks, the
 * first of which begins with the target's address. A datagram is a salt and all else sealed.
 */
final class ShadowsocksAead implements ShadowsocksMethod {

  private static final int LONGEST_CHUNK = 0x3FFF;

  private final Algorithm algorithm;
  private final byte[] key;
  private final SecureRandom random;

  /**
   * @param key salts are as long
   */
  ShadowsocksAead(Algorithm algorithm, byte[] key, SecureRandom random) {
    this.algorithm = algorithm;
    this.key = key;
    this.random = random;
  }

  @Override
  public Stream stream(byte[] address) {
    return new SealedStream(address);
  }

  @Override
  public Datagrams datagrams() {
    return new SealedDatagrams();
  }

  private byte[] newSalt() {
    byte[] salt = new byte[key.length];
    random.nextBytes(salt);
    return salt;
  }

  private byte[] readSalt(ByteBuf in) {
    byte[] salt = new byte[key.length];
    in.readBytes(salt);
    return salt;
  }

  private Aead sealing(byte[] salt) {
    return Aead.sealing(algorithm, ShadowsocksKeys.subkey(key, salt));
  }

  private Aead opening(byte[] salt) {
    return Aead.opening(algorithm, ShadowsocksKeys.subkey(key, salt));
  }

  private final class SealedStream implements Stream {

    private final byte[] address;
    private @Nullable Chunks out;
    private @Nullable Chunks in;

    SealedStream(byte[] address) {
      this.address = address;
    }

    @Override
    public void seal(ByteBuf plain, ByteBuf sealed) {
      Chunks running = out;
      if (running != null) {
        running.seal(plain, sealed);
        return;
      }
      byte[] salt = newSalt();
      sealed.writeBytes(salt);
      running = new Chunks(sealing(salt), LONGEST_CHUNK);
      out = running;
      ByteBuf first = Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(address), plain.retain());
      running.seal(first, sealed);
      first.release();
    }

    @Override
    public @Nullable ByteBuf open(ByteBuf sealed) throws IOException {
      Chunks running = in;
      if (running == null) {
        if (sealed.readableBytes() < key.length) {
          return null;
        }
        running = new Chunks(opening(readSalt(sealed)), LONGEST_CHUNK);
        in = running;
      }
      return running.open(sealed);
    }
  }

  private final class SealedDatagrams implements Datagrams {

    @Override
    public void seal(ByteBuf plain, ByteBuf out) {
      byte[] salt = newSalt();
      out.writeBytes(salt);
      sealing(salt).seal(plain, plain.readableBytes(), out);
    }

    @Override
    public boolean open(ByteBuf sealed, ByteBuf plain) throws IOException {
      int length = sealed.readableBytes() - key.length - Aead.TAG;
      if (length < 0) {
        return false;
      }
      opening(readSalt(sealed)).open(sealed, length, plain);
      return true;
    }
  }
}
