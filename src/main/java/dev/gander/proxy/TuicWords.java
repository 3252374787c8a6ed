package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Commands and addresses as TUIC, version 5, writes them (its SPEC.md). */
final class TuicWords {

  static final int AUTHENTICATE = 0;
  static final int CONNECT = 1;
  static final int PACKET = 2;
  static final int DISSOCIATE = 3;
  static final int HEARTBEAT = 4;

  /** Version, command, association, packet, count, index and size. */
  static final int PACKET_HEAD = 10;

  private static final int VERSION = 5;
  private static final int NONE = 0xFF;

  private TuicWords() {}

  /** A piece of a datagram; its payload is what follows it. */
  record Packet(
      int association,
      int packet,
      int count,
      int index,
      int size,
      @Nullable InetSocketAddress from) {}

  static ByteBuf command(ByteBuf out, int command) {
    return out.writeByte(VERSION).writeByte(command);
  }

  /** Appends that there is no address. */
  static void noAddress(ByteBuf out) {
    out.writeByte(NONE);
  }

  /**
   * Takes what stands before a payload; nothing if it is not all there yet.
   *
   * @throws IOException if it is no packet
   */
  static @Nullable Packet packet(ByteBuf in) throws IOException {
    int start = in.readerIndex();
    if (in.readableBytes() <= PACKET_HEAD) {
      return null;
    }
    if (in.readByte() != VERSION || in.readByte() != PACKET) {
      throw new IOException("it sent what is no packet of TUIC 5");
    }
    int association = in.readUnsignedShort();
    int packet = in.readUnsignedShort();
    int count = in.readUnsignedByte();
    int index = in.readUnsignedByte();
    int size = in.readUnsignedShort();
    if (in.getUnsignedByte(in.readerIndex()) == NONE) {
      in.skipBytes(1);
      return new Packet(association, packet, count, index, size, null);
    }
    InetSocketAddress from = AddressForm.TUIC.read(in);
    if (from == null) {
      in.readerIndex(start);
      return null;
    }
    return new Packet(association, packet, count, index, size, from);
  }
}
