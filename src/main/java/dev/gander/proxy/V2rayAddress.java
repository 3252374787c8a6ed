package dev.gander.proxy;

import dev.gander.node.Secret;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Addresses and users as VMess and VLESS write them. */
final class V2rayAddress {

  private static final int IPV4 = 1;
  private static final int NAME = 2;
  private static final int IPV6 = 3;

  private V2rayAddress() {}

  /**
   * Port, type and host.
   *
   * @throws IOException if a name is too long to be written
   */
  static byte[] of(InetSocketAddress target) throws IOException {
    InetAddress address = target.getAddress();
    if (address != null) {
      byte[] bytes = address.getAddress();
      return ByteBuffer.allocate(3 + bytes.length)
          .putShort((short) target.getPort())
          .put((byte) (address instanceof Inet4Address ? IPV4 : IPV6))
          .put(bytes)
          .array();
    }
    byte[] name = target.getHostString().getBytes(StandardCharsets.US_ASCII);
    if (name.length < 1 || name.length > 255) {
      throw new IOException("a name must have 1 to 255 bytes");
    }
    return ByteBuffer.allocate(4 + name.length)
        .putShort((short) target.getPort())
        .put((byte) NAME)
        .put((byte) name.length)
        .put(name)
        .array();
  }

  /** The 16 bytes of a user's id. */
  static byte[] user(Secret id) {
    return HexFormat.of().parseHex(new String(id.bytes(), StandardCharsets.US_ASCII));
  }
}
