package dev.gander.encrypted;

import dev.gander.message.EdnsOptions;

/** Questions as they leave over an encrypted transport. */
final class Queries {

  /** RFC 8467 section 4.1: what hides the length of names best for its price. */
  private static final int BLOCK = 128;

  private static final int OPTION = 4;

  private Queries() {}

  /** Whether it only asks: opcode QUERY (RFC 1035 section 4.1.1). */
  static boolean isQuery(byte[] message) {
    return (message[2] & 0x78) == 0;
  }

  /** Filled up to the next multiple of 128 bytes; a query without OPT stays as it is. */
  static byte[] padded(byte[] query) {
    int left = (BLOCK - (query.length + OPTION) % BLOCK) % BLOCK;
    return EdnsOptions.with(query, EdnsOptions.PADDING, new byte[left]);
  }

  /** No shorter than {@link #padded} makes it. */
  static int longestPadded(byte[] query) {
    return query.length + OPTION + BLOCK;
  }

  /** Two bytes of length before the message (RFC 7858 section 3.3, RFC 9250 section 4.2). */
  static byte[] framed(byte[] message, int id) {
    byte[] framed = new byte[2 + message.length];
    framed[0] = (byte) (message.length >>> 8);
    framed[1] = (byte) message.length;
    System.arraycopy(message, 0, framed, 2, message.length);
    framed[2] = (byte) (id >>> 8);
    framed[3] = (byte) id;
    return framed;
  }
}
