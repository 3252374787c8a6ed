package dev.gander.proxy;

import io.netty.buffer.ByteBuf;

/** QUIC's integers of variable length (RFC 9000 section 16). */
final class Varint {

  private Varint() {}

  /** Appends a number below 2^30. */
  static void write(ByteBuf out, int value) {
    if (value < 1 << 6) {
      out.writeByte(value);
    } else if (value < 1 << 14) {
      out.writeShort(1 << 14 | value);
    } else {
      out.writeInt(2 << 30 | value);
    }
  }

  /** How many bytes {@link #write} appends. */
  static int length(int value) {
    return value < 1 << 6 ? 1 : value < 1 << 14 ? 2 : 4;
  }

  /**
   * Takes one from where {@code in} is read; nothing if it is not all there.
   *
   * @return -1 if bytes are missing
   */
  static long read(ByteBuf in) {
    if (!in.isReadable()) {
      return -1;
    }
    int first = in.getByte(in.readerIndex());
    int length = 1 << ((first & 0xFF) >> 6);
    if (in.readableBytes() < length) {
      return -1;
    }
    long value = in.readByte() & 0x3F;
    for (int left = length - 1; left > 0; left--) {
      value = value << 8 | in.readUnsignedByte();
    }
    return value;
  }
}
