package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The sealed chunks of a stream: a length of two bytes, and as many bytes, each with its tag. */
final class Chunks {

  private static final int LENGTH = 2;
  private static final int NONE = -1;

  private final Aead aead;
  private final int longest;
  private final ByteBuf lengths = Unpooled.buffer(LENGTH);
  private int length = NONE;

  /**
   * @param longest a length above it ends the stream
   */
  Chunks(Aead aead, int longest) {
    this.aead = aead;
    this.longest = longest;
  }

  /** Seals all of {@code plain}, in as many chunks as it takes. */
  void seal(ByteBuf plain, ByteBuf out) {
    while (plain.isReadable()) {
      int next = Math.min(longest, plain.readableBytes());
      aead.seal(lengths.clear().writeShort(next), LENGTH, out);
      aead.seal(plain, next, out);
    }
  }

  /** How many bytes {@code plain} bytes become. */
  int sealedLength(int plain) {
    int chunks = (plain + longest - 1) / longest;
    return plain + chunks * (LENGTH + 2 * Aead.TAG);
  }

  /** The next chunk is as long as this, which was told elsewhere. */
  void expect(int next) {
    length = next;
  }

  /**
   * All chunks that are there as a whole.
   *
   * @return null if there is none
   */
  @Nullable ByteBuf open(ByteBuf in) throws IOException {
    if (!ready(in)) {
      return null;
    }
    ByteBuf plain = ArrayBuffers.take(in.readableBytes());
    try {
      do {
        aead.open(in, length, plain);
        length = NONE;
      } while (ready(in));
      return plain;
    } catch (IOException e) {
      plain.release();
      throw e;
    }
  }

  /** Whether a chunk is there as a whole; its length is read as soon as it can be. */
  private boolean ready(ByteBuf in) throws IOException {
    if (length == NONE) {
      if (in.readableBytes() < LENGTH + Aead.TAG) {
        return false;
      }
      aead.open(in, LENGTH, lengths.clear());
      length = lengths.readUnsignedShort();
      if (length > longest) {
        throw new IOException("it sends a chunk longer than " + longest + " bytes");
      }
    }
    return in.readableBytes() >= length + Aead.TAG;
  }
}
