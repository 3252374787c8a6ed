package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * One key of an AEAD cipher, in one direction, with a nonce that counts up. One thread at a time.
 */
final class Aead {

  /** Appended to what is sealed. */
  static final int TAG = 16;

  private static final int NONCE = 12;

  /** Arrays, because the JDK's ciphers are at their best on them; lent to one call at a time. */
  private static final FastThreadLocal<byte[][]> SCRATCH =
      new FastThreadLocal<>() {
        @Override
        protected byte[][] initialValue() {
          return new byte[2][1 << 15];
        }
      };

  /** The algorithms. */
  enum Algorithm {
    AES_GCM("AES/GCM/NoPadding", "AES"),
    CHACHA20_POLY1305("ChaCha20-Poly1305", "ChaCha20");

    private final String transformation;
    private final String keys;

    Algorithm(String transformation, String keys) {
      this.transformation = transformation;
      this.keys = keys;
    }

    /** Not initialised yet. */
    Cipher cipher() {
      try {
        return Cipher.getInstance(transformation);
      } catch (GeneralSecurityException e) {
        throw new AssertionError("every JDK has " + transformation, e);
      }
    }

    SecretKeySpec key(byte[] key) {
      return new SecretKeySpec(key, keys);
    }

    /**
     * What the next call is initialised with.
     *
     * @param nonce 12 bytes
     */
    AlgorithmParameterSpec parameters(byte[] nonce) {
      return this == AES_GCM ? new GCMParameterSpec(8 * TAG, nonce) : new IvParameterSpec(nonce);
    }
  }

  private final Algorithm algorithm;
  private final int mode;
  private final Key key;
  private final Cipher cipher;
  private final byte[] nonce = new byte[NONCE];
  private byte[] source = {};
  private int start;
  private boolean numbered;
  private int count;

  private Aead(Algorithm algorithm, int mode, byte[] key) {
    this.algorithm = algorithm;
    this.mode = mode;
    this.key = algorithm.key(key);
    cipher = algorithm.cipher();
  }

  static Aead sealing(Algorithm algorithm, byte[] key) {
    return new Aead(algorithm, Cipher.ENCRYPT_MODE, key);
  }

  static Aead opening(Algorithm algorithm, byte[] key) {
    return new Aead(algorithm, Cipher.DECRYPT_MODE, key);
  }

  /**
   * Begins with this nonce in place of zero, and counts as Shadowsocks does: the lowest byte first.
   *
   * @param first its first 12 bytes are used
   */
  Aead from(byte[] first) {
    System.arraycopy(first, 0, nonce, 0, NONCE);
    return this;
  }

  /**
   * Counts as VMess does: 16 bits from zero, the higher byte first, in the place of the nonce's
   * first two bytes.
   *
   * @param rest its third to twelfth bytes are used
   */
  Aead numbering(byte[] rest) {
    System.arraycopy(rest, 2, nonce, 2, NONCE - 2);
    numbered = true;
    return this;
  }

  /** How many times it has sealed or opened. */
  int count() {
    return count;
  }

  /**
   * Takes {@code length} bytes of {@code plain} and appends them to {@code out}, sealed. Nothing is
   * copied where both have arrays.
   */
  void seal(ByteBuf plain, int length, ByteBuf out) {
    byte[] scratch = scratch(length)[0];
    byte[] to = target(out, length + TAG, scratch);
    take(plain, length, to, scratch);
    try {
      cipher.init(mode, key, algorithm.parameters(nonce));
      append(cipher.doFinal(source, start, length, to, end(out)), to, out);
      advance();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot seal: " + e.getMessage(), e);
    }
  }

  /**
   * Takes {@code length} bytes and their tag off {@code sealed} and appends the bytes to {@code
   * out}. Nothing is copied where both have arrays.
   *
   * @throws IOException if they are not what the holder of the key has sealed
   */
  void open(ByteBuf sealed, int length, ByteBuf out) throws IOException {
    byte[][] scratch = scratch(length);
    // Not in place: for what it opens the JDK would make another array.
    byte[] to = target(out, length, scratch[1]);
    take(sealed, length + TAG, to, scratch[0]);
    try {
      cipher.init(mode, key, algorithm.parameters(nonce));
      append(cipher.doFinal(source, start, length + TAG, to, end(out)), to, out);
      advance();
    } catch (AEADBadTagException e) {
      throw new IOException("what it sends is not sealed with this password and cipher", e);
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot open what it sends: " + e.getMessage(), e);
    }
  }

  /** The array to write to: that of {@code out}, where it has one. */
  private static byte[] target(ByteBuf out, int length, byte[] scratch) {
    out.ensureWritable(length);
    return out.hasArray() ? out.array() : scratch;
  }

  private static int end(ByteBuf out) {
    return out.hasArray() ? out.arrayOffset() + out.writerIndex() : 0;
  }

  private static void append(int length, byte[] from, ByteBuf out) {
    if (out.hasArray()) {
      out.writerIndex(out.writerIndex() + length);
    } else {
      out.writeBytes(from, 0, length);
    }
  }

  /**
   * Takes {@code length} bytes: then {@link #source} has them, from {@link #start}.
   *
   * @param to another array than this must be read, for the sake of {@link ArrayBuffers}
   */
  @SuppressWarnings("ReferenceEquality") // it is the same array or another, whatever is in it
  private void take(ByteBuf bytes, int length, byte[] to, byte[] scratch) {
    ByteBuf part = bytes;
    int skipped = bytes.readerIndex();
    if (bytes instanceof CompositeByteBuf parts && !bytes.hasArray() && length > 0) {
      int index = parts.toComponentIndex(skipped);
      part = parts.internalComponent(index);
      skipped -= parts.toByteIndex(index);
    }
    // What does not begin at the beginning is copied by the JDK's ChaCha20, twice, to be opened.
    boolean asItIs = algorithm == Algorithm.AES_GCM || mode == Cipher.ENCRYPT_MODE;
    if (asItIs && part.hasArray() && part.array() != to && part.capacity() - skipped >= length) {
      source = part.array();
      start = part.arrayOffset() + skipped;
      bytes.skipBytes(length);
    } else {
      source = scratch;
      start = 0;
      bytes.readBytes(scratch, 0, length);
    }
  }

  private static byte[][] scratch(int length) {
    byte[][] scratch = SCRATCH.get();
    if (scratch[0].length < length + TAG) {
      scratch[0] = new byte[length + TAG];
      scratch[1] = new byte[length + TAG];
    }
    return scratch;
  }

  private void advance() {
    count++;
    if (numbered) {
      nonce[0] = (byte) (count >> 8);
      nonce[1] = (byte) count;
      return;
    }
    for (int i = 0; i < NONCE && ++nonce[i] == 0; i++) {
      // The carry goes on to the next byte.
    }
  }
}
