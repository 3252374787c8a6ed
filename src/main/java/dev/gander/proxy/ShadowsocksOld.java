package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.security.SecureRandom;
import org.bouncycastle.crypto.StreamCipher;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.ChaCha7539Engine;
import org.bouncycastle.crypto.engines.RC4Engine;
import org.bouncycastle.crypto.modes.CFBBlockCipher;
import org.bouncycastle.crypto.modes.SICBlockCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.jspecify.annotations.Nullable;

/**
 * Shadowsocks as it was before 2017: an initial vector, and all else encrypted by a stream cipher.
 * Nothing protects it from being changed on the way.
 */
final class ShadowsocksOld implements ShadowsocksMethod {

  /** The ciphers, with the lengths of their vectors in bytes. */
  enum Algorithm {
    AES_CTR(16),
    AES_CFB(16),
    CHACHA20_IETF(12),
    RC4_MD5(16);

    private final int vector;

    Algorithm(int vector) {
      this.vector = vector;
    }
  }

  private final Algorithm algorithm;
  private final byte[] key;
  private final SecureRandom random;

  ShadowsocksOld(Algorithm algorithm, byte[] key, SecureRandom random) {
    this.algorithm = algorithm;
    this.key = key;
    this.random = random;
  }

  @Override
  public Stream stream(byte[] address) {
    return new EncryptedStream(address);
  }

  @Override
  public Datagrams datagrams() {
    return new EncryptedDatagrams();
  }

  /** A cipher whose vector is written to {@code out}. */
  private StreamCipher encrypting(ByteBuf out) {
    byte[] vector = new byte[algorithm.vector];
    random.nextBytes(vector);
    out.writeBytes(vector);
    return cipher(true, vector);
  }

  /** A cipher whose vector is taken off {@code in}. */
  private StreamCipher decrypting(ByteBuf in) {
    byte[] vector = new byte[algorithm.vector];
    in.readBytes(vector);
    return cipher(false, vector);
  }

  /** The JDK's CFB waits for whole blocks, where a stream must go on at any byte. */
  private StreamCipher cipher(boolean encrypt, byte[] vector) {
    StreamCipher cipher =
        switch (algorithm) {
          case AES_CTR -> SICBlockCipher.newInstance(AESEngine.newInstance());
          case AES_CFB -> CFBBlockCipher.newInstance(AESEngine.newInstance(), 128);
          case CHACHA20_IETF -> new ChaCha7539Engine();
          case RC4_MD5 -> new RC4Engine();
        };
    cipher.init(
        encrypt,
        algorithm == Algorithm.RC4_MD5
            ? new KeyParameter(ShadowsocksKeys.rc4(key, vector))
            : new ParametersWithIV(new KeyParameter(key), vector));
    return cipher;
  }

  private static void work(StreamCipher cipher, ByteBuf in, ByteBuf out) {
    byte[] bytes = new byte[in.readableBytes()];
    in.readBytes(bytes);
    cipher.processBytes(bytes, 0, bytes.length, bytes, 0);
    out.writeBytes(bytes);
  }

  private final class EncryptedStream implements Stream {

    private final byte[] address;
    private @Nullable StreamCipher out;
    private @Nullable StreamCipher in;

    EncryptedStream(byte[] address) {
      this.address = address;
    }

    @Override
    public void seal(ByteBuf plain, ByteBuf sealed) {
      StreamCipher running = out;
      if (running == null) {
        running = encrypting(sealed);
        out = running;
        work(running, Unpooled.wrappedBuffer(address), sealed);
      }
      work(running, plain, sealed);
    }

    @Override
    public @Nullable ByteBuf open(ByteBuf sealed) {
      StreamCipher running = in;
      if (running == null) {
        if (sealed.readableBytes() < algorithm.vector) {
          return null;
        }
        running = decrypting(sealed);
        in = running;
      }
      if (!sealed.isReadable()) {
        return null;
      }
      ByteBuf plain = ArrayBuffers.take(sealed.readableBytes());
      work(running, sealed, plain);
      return plain;
    }
  }

  private final class EncryptedDatagrams implements Datagrams {

    @Override
    public void seal(ByteBuf plain, ByteBuf out) {
      work(encrypting(out), plain, out);
    }

    @Override
    public boolean open(ByteBuf sealed, ByteBuf plain) {
      if (sealed.readableBytes() < algorithm.vector) {
        return false;
      }
      work(decrypting(sealed), sealed, plain);
      return true;
    }
  }
}
