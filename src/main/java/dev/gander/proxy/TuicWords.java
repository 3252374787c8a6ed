package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
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
  private static final int NAME = 0;
  private static final int IPV4 = 1;
  private static final int IPV6 = 2;
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

  /**
   * Appends an address.
   *
   * @throws IOException if a name is too long to be written
   */
  static void address(ByteBuf out, InetSocketAddress target) throws IOException {
    InetAddress address = target.getAddress();
    if (address == null) {
      byte[] name = target.getHostString().getBytes(StandardCharsets.US_ASCII);
      if (name.length < 1 || name.length > 255) {
        throw new IOException("a name must have 1 to 255 bytes");
      }
      out.writeByte(NAME).writeByte(name.length).writeBytes(name);
    } else {
      out.writeByte(address instanceof Inet4Address ? IPV4 : IPV6).writeBytes(address.getAddress());
    }
    out.writeShort(target.getPort());
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
    int type = in.getUnsignedByte(in.readerIndex());
    int length =
        switch (type) {
          case NONE -> 1;
          case IPV4 -> 7;
          case IPV6 -> 19;
          case NAME -> in.readableBytes() < 2 ? 2 : 4 + in.getUnsignedByte(in.readerIndex() + 1);
          default -> throw new IOException("an address has the unknown type " + type);
        };
    if (in.readableBytes() < length) {
      in.readerIndex(start);
      return null;
    }
    ByteBuf address = in.readSlice(length).skipBytes(1);
    return new Packet(
        association, packet, count, index, size, type == NONE ? null : read(address, type));
  }

  private static InetSocketAddress read(ByteBuf in, int type) {
    byte[] host = new byte[type == NAME ? in.readUnsignedByte() : in.readableBytes() - 2];
    in.readBytes(host);
    int port = in.readUnsignedShort();
    if (type == NAME) {
      return Targets.ofLiteral(new String(host, StandardCharsets.US_ASCII), port);
    }
    try {
      return new InetSocketAddress(InetAddress.getByAddress(host), port);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are an address", e);
    }
  }
}
