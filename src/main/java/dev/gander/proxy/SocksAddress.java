package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Addresses as SOCKS 5 writes them (RFC 1928 section 5), which others took over. */
final class SocksAddress {

  private static final int IPV4 = 1;
  private static final int NAME = 3;
  private static final int IPV6 = 4;

  private SocksAddress() {}

  /**
   * Appends type, host and port.
   *
   * @throws IOException if a name is too long to be written
   */
  static void write(ByteBuf out, InetSocketAddress endpoint) throws IOException {
    InetAddress address = endpoint.getAddress();
    if (address == null) {
      byte[] name = endpoint.getHostString().getBytes(StandardCharsets.US_ASCII);
      if (name.length < 1 || name.length > 255) {
        throw new IOException("a name must have 1 to 255 bytes");
      }
      out.writeByte(NAME).writeByte(name.length).writeBytes(name);
    } else {
      out.writeByte(address instanceof Inet4Address ? IPV4 : IPV6).writeBytes(address.getAddress());
    }
    out.writeShort(endpoint.getPort());
  }

  /**
   * Takes type, host and port from where {@code in} is read; nothing if they are not all there yet.
   *
   * @return unresolved if it is a name; null if bytes are missing
   * @throws IOException if the type is none
   */
  static @Nullable InetSocketAddress read(ByteBuf in) throws IOException {
    int start = in.readerIndex();
    if (in.readableBytes() < 2) {
      return null;
    }
    int type = in.getByte(start);
    int length =
        switch (type) {
          case IPV4 -> 4;
          case IPV6 -> 16;
          case NAME -> 1 + in.getUnsignedByte(start + 1);
          default -> throw new IOException("an address has the unknown type " + (type & 0xFF));
        };
    if (in.readableBytes() < 1 + length + 2) {
      return null;
    }
    byte[] host = new byte[length];
    in.skipBytes(1).readBytes(host);
    int port = in.readUnsignedShort();
    return type == NAME
        ? Targets.ofLiteral(new String(host, 1, length - 1, StandardCharsets.US_ASCII), port)
        : new InetSocketAddress(address(host), port);
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are an address", e);
    }
  }
}
