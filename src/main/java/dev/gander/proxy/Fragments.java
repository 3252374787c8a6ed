package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Puts a datagram together that came in pieces, of one flow and one at a time: a piece of another
 * drops what there was, for datagrams may be lost and memory may not. Event loop.
 */
final class Fragments {

  private int packet = -1;
  private @Nullable ByteBuf[] pieces = new ByteBuf[0];
  private int missing;
  private int bytes;

  /**
   * Adds a piece.
   *
   * @param piece taken over
   * @return the whole datagram once there is one; what cannot be part of any is dropped
   */
  @Nullable ByteBuf add(int packetId, int index, int count, ByteBuf piece) {
    if (count == 1 && index == 0) {
      return piece;
    }
    if (index >= count) {
      piece.release();
      return null;
    }
    if (packetId != packet || count != pieces.length) {
      clear();
      packet = packetId;
      pieces = new ByteBuf[count];
      missing = count;
    }
    if (pieces[index] != null || bytes + piece.readableBytes() > StreamDatagrams.LONGEST) {
      piece.release();
      return null;
    }
    pieces[index] = piece;
    bytes += piece.readableBytes();
    missing--;
    return missing == 0 ? whole() : null;
  }

  /** In one piece of memory: QUIC's codec, which may be what reads it, takes no other. */
  private ByteBuf whole() {
    ByteBuf all = Unpooled.directBuffer(Math.max(1, bytes));
    for (ByteBuf piece : pieces) {
      all.writeBytes(piece);
    }
    clear();
    return all;
  }

  private void forget() {
    packet = -1;
    pieces = new ByteBuf[0];
    bytes = 0;
  }

  /** Drops what waits for the rest. */
  void clear() {
    Arrays.stream(pieces).filter(it -> it != null).forEach(ByteBuf::release);
    forget();
  }
}
