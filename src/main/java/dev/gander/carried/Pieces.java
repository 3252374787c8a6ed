package dev.gander.carried;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * A message as it comes in, as a rule in one piece, and however small they are at a cost that grows
 * with its length. One thread.
 */
public final class Pieces {

  private static final byte[] NOTHING = {};

  private final int longest;
  private byte[] got = NOTHING;
  private int length;

  /**
   * @param longest bytes that are taken
   */
  public Pieces(int longest) {
    this.longest = longest;
  }

  /** Takes all of a piece; false, and nothing is taken, where there would be too much. */
  public boolean add(ByteBuf piece) {
    int more = piece.readableBytes();
    if (more > longest - length) {
      return false;
    }
    if (length + more > got.length) {
      got = Arrays.copyOf(got, length == 0 ? more : Math.max(length + more, 2 * length));
    }
    piece.readBytes(got, length, more);
    length += more;
    return true;
  }

  /** What has come so far; to be called once, at the end. */
  public byte[] whole() {
    return length == got.length ? got : Arrays.copyOf(got, length);
  }
}
