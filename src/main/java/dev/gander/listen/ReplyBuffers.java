package dev.gander.listen;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** The large buffers that replies are written in, which connections need only for moments. */
final class ReplyBuffers {

  /** The longest DNS message: its length has two bytes. */
  private static final int MAX_MESSAGE = 65535;

  private static final int SPARE = 8;

  private final BlockingQueue<byte[]> spare = new ArrayBlockingQueue<>(SPARE);

  /** One of 65,535 bytes. */
  byte[] take() {
    byte[] buffer = spare.poll();
    return buffer == null ? new byte[MAX_MESSAGE] : buffer;
  }

  /** For the next who needs one. */
  void giveBack(byte[] buffer) {
    boolean _ = spare.offer(buffer);
  }
}
