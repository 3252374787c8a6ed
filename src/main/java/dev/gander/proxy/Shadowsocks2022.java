package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.proxy.Aead.Algorithm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The streams of Shadowsocks 2022, as SIP022 has them. A request is a salt, a sealed header of
 * known length that says when it was made, a sealed header with the address, and chunks. The answer
 * repeats the request's salt. Where there are several keys, an identity header for each but the
 * last follows the salt (SIP023).
 */
final class Shadowsocks2022 implements ShadowsocksMethod {

  /** How far a time may be off, either way. */
  static final long TOLERATED_SECONDS = 30;

  static final int LONGEST_PADDING = 900;
  private static final int LONGEST_CHUNK = 0xFFFF;
  private static final int REQUEST = 0;
  private static final int ANSWER = 1;
  private static final int FIXED_REQUEST = 1 + 8 + 2;

  private final Algorithm algorithm;
  private final List<byte[]> keys;
  private final byte[] key;
  private final Clock clock;
  private final SecureRandom random;

  /**
   * @param keys of 16 or 32 bytes, as salts are: those of identities, then the user's; of ChaCha20
   *     the user's only
   */
  Shadowsocks2022(Algorithm algorithm, List<byte[]> keys, Clock clock, SecureRandom random) {
    this.algorithm = algorithm;
    this.keys = keys;
    key = keys.getLast();
    this.clock = clock;
    this.random = random;
  }

  @Override
  public Stream stream(byte[] address) {
    return new SealedStream(address);
  }

  @Override
  public Datagrams datagrams() {
    return algorithm == Algorithm.AES_GCM
        ? new Shadowsocks2022Datagrams(keys, clock, random)
        : new XChaChaDatagrams(key, clock, random);
  }

  /** Now, as the wire has it. */
  static long seconds(Clock clock) {
    return Math.floorDiv(clock.epochMillis(), 1000L);
  }

  /**
   * @throws IOException if it is too long ago, or yet to come
   */
  static void checkTime(long seconds, Clock clock) throws IOException {
    long now = seconds(clock);
    // Any 64 bits may arrive, whose difference need not fit into as many.
    if (seconds < now - TOLERATED_SECONDS || seconds > now + TOLERATED_SECONDS) {
      throw new IOException(
          "its clock and this machine's differ by more than " + TOLERATED_SECONDS + " s");
    }
  }

  private final class SealedStream implements Stream {

    private final byte[] address;
    private final byte[] salt = new byte[key.length];
    private @Nullable Chunks out;
    private @Nullable Chunks in;

    SealedStream(byte[] address) {
      this.address = address;
      random.nextBytes(salt);
    }

    @Override
    public void seal(ByteBuf plain, ByteBuf sealed) {
      Chunks running = out;
      if (running == null) {
        Aead aead = Aead.sealing(algorithm, ShadowsocksKeys.subkey2022(key, salt));
        head(aead, plain, sealed);
        running = new Chunks(aead, LONGEST_CHUNK);
        out = running;
      }
      running.seal(plain, sealed);
    }

    /** Both headers, with as much of {@code plain} as the second may hold. */
    private void head(Aead aead, ByteBuf plain, ByteBuf sealed) {
      // A request without payload must be padded.
      int padding = plain.isReadable() ? 0 : 1 + random.nextInt(LONGEST_PADDING);
      int payload = Math.min(plain.readableBytes(), LONGEST_CHUNK - address.length - 2 - padding);
      int length = address.length + 2 + padding + payload;
      ByteBuf fixed =
          Unpooled.buffer(FIXED_REQUEST)
              .writeByte(REQUEST)
              .writeLong(seconds(clock))
              .writeShort(length);
      ByteBuf variable =
          Unpooled.buffer(length)
              .writeBytes(address)
              .writeShort(padding)
              .writeZero(padding)
              .writeBytes(plain, payload);
      sealed.writeBytes(salt);
      for (int i = 0; i + 1 < keys.size(); i++) {
        sealed.writeBytes(ShadowsocksKeys.identityHeader(keys.get(i), salt, keys.get(i + 1)));
      }
      aead.seal(fixed, FIXED_REQUEST, sealed);
      aead.seal(variable, length, sealed);
    }

    @Override
    public @Nullable ByteBuf open(ByteBuf sealed) throws IOException {
      Chunks running = in;
      if (running == null) {
        if (sealed.readableBytes() < 2 * key.length + 1 + 8 + 2 + Aead.TAG) {
          return null;
        }
        running = answered(sealed);
        in = running;
      }
      return running.open(sealed);
    }

    private Chunks answered(ByteBuf sealed) throws IOException {
      byte[] theirs = new byte[key.length];
      sealed.readBytes(theirs);
      Aead aead = Aead.opening(algorithm, ShadowsocksKeys.subkey2022(key, theirs));
      ByteBuf header = Unpooled.buffer(1 + 8 + key.length + 2);
      aead.open(sealed, 1 + 8 + key.length + 2, header);
      if (header.readByte() != ANSWER) {
        throw new IOException("it sends what is no answer");
      }
      checkTime(header.readLong(), clock);
      byte[] echoed = new byte[key.length];
      header.readBytes(echoed);
      if (!MessageDigest.isEqual(echoed, salt)) {
        throw new IOException("it answers another request");
      }
      Chunks chunks = new Chunks(aead, LONGEST_CHUNK);
      chunks.expect(header.readUnsignedShort());
      return chunks;
    }
  }
}
