package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Buffers for what is sealed and opened. Each has an array of its own, because the JDK's ciphers
 * are at their best on arrays, and make another as long as the whole array where what they read and
 * write is of one; in Netty's pool that is a piece of megabytes. Arrays go back to shelves, a
 * mebibyte of each length at most. Any thread.
 */
final class ArrayBuffers {

  /** Shorter arrays cost less to make than to keep. */
  private static final int LEAST_BITS = 12;

  /** Longer ones are not kept. */
  private static final int MOST_BITS = 19;

  private static final int MOST_BYTES_OF_A_LENGTH = 1 << 20;
  private static final int MOST_OF_A_LENGTH = 32;

  private static final List<Queue<byte[]>> SHELVES = new ArrayList<>();

  static {
    for (int bits = LEAST_BITS; bits <= MOST_BITS; bits++) {
      int most = Math.min(MOST_OF_A_LENGTH, MOST_BYTES_OF_A_LENGTH >> bits);
      SHELVES.add(new ArrayBlockingQueue<>(most));
    }
  }

  private ArrayBuffers() {}

  /** An empty buffer for this many bytes, or more; the caller's to release. */
  static ByteBuf take(int bytes) {
    return new Kept(bytes);
  }

  /** Bits of the shortest length on the shelves that has room for as many bytes. */
  private static int bits(int bytes) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, bytes) - 1);
  }

  private static final class Kept extends UnpooledHeapByteBuf {

    Kept(int bytes) {
      super(UnpooledByteBufAllocator.DEFAULT, bytes, Integer.MAX_VALUE);
    }

    @Override
    protected byte[] allocateArray(int bytes) {
      int bits = bits(bytes);
      if (bits < LEAST_BITS || bits > MOST_BITS) {
        return new byte[bytes];
      }
      byte[] kept = SHELVES.get(bits - LEAST_BITS).poll();
      return kept == null ? new byte[1 << bits] : kept;
    }

    @Override
    protected void freeArray(byte[] array) {
      int bits = bits(array.length);
      if (bits >= LEAST_BITS && bits <= MOST_BITS && array.length == 1 << bits) {
        boolean _ = SHELVES.get(bits - LEAST_BITS).offer(array);
      }
    }
  }
}
