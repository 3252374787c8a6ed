package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An address as a type in one byte, the host (of a name its length before it), and the port.
 *
 * @param ipv4 the type of 4 bytes
 * @param name the type of a name
 * @param ipv6 the type of 16 bytes
 */
record AddressForm(int ipv4, int name, int ipv6) {

  /** As SOCKS 5 has it (RFC 1928 section 5), which others took over. */
  static final AddressForm SOCKS = new AddressForm(1, 3, 4);

  /** As TUIC, version 5, has it (its SPEC.md). */
  static final AddressForm TUIC = new AddressForm(1, 0, 2);

  /**
   * Appends type, host and port.
   *
   * @throws IOException if a name is too long to be written
   */
  void write(ByteBuf out, InetSocketAddress endpoint) throws IOException {
    InetAddress address = endpoint.getAddress();
    if (address == null) {
      byte[] host = endpoint.getHostString().getBytes(StandardCharsets.US_ASCII);
      if (host.length < 1 || host.length > 255) {
        throw new IOException("a name must have 1 to 255 bytes");
      }
      out.writeByte(name).writeByte(host.length).writeBytes(host);
    } else {
      out.writeByte(address instanceof Inet4Address ? ipv4 : ipv6).writeBytes(address.getAddress());
    }
    out.writeShort(endpoint.getPort());
  }

  /**
   * Takes type, host and port from where {@code in} is read; nothing if they are not all there yet.
   *
   * @return unresolved if it is a name; null if bytes are missing
   * @throws IOException if the type is none
   */
  @Nullable InetSocketAddress read(ByteBuf in) throws IOException {
    int start = in.readerIndex();
    if (in.readableBytes() < 2) {
      return null;
    }
    int type = in.getUnsignedByte(start);
    int length;
    if (type == ipv4) {
      length = 4;
    } else if (type == ipv6) {
      length = 16;
    } else if (type == name) {
      length = 1 + in.getUnsignedByte(start + 1);
    } else {
      throw new IOException("an address has the unknown type " + type);
    }
    if (in.readableBytes() < 1 + length + 2) {
      return null;
    }
    byte[] host = new byte[length];
    in.skipBytes(1).readBytes(host);
    int port = in.readUnsignedShort();
    return type == name
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
