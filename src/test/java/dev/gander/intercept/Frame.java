package dev.gander.intercept;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ethernet frames for tests: written piece by piece, read whole. */
final class Frame {

  static final int UDP = 17;
  static final int HOP_BY_HOP = 0;
  static final int ROUTING = 43;
  static final int FRAGMENT = 44;
  static final int DESTINATION = 60;

  private final String destination;
  private final String source;
  private final List<int[]> tags = new ArrayList<>();
  private byte[] options = {};
  private int fragment;
  private int dscp;
  private final List<byte[]> extensions = new ArrayList<>();
  private final List<Integer> extensionKinds = new ArrayList<>();
  private int lengthError;
  private int udpLengthError;

  Frame(String destination, String source) {
    this.destination = destination;
    this.source = source;
  }

  Frame tag(int proto, int tci) {
    tags.add(new int[] {proto, tci});
    return this;
  }

  /** A multiple of 4 bytes, up to 40. */
  Frame ipv4Options(byte[] bytes) {
    options = bytes;
    return this;
  }

  Frame dscp(int codePoint) {
    dscp = codePoint;
    return this;
  }

  /** Flags and offset of the IPv4 header. */
  Frame ipv4Fragment(int flagsAndOffset) {
    fragment = flagsAndOffset;
    return this;
  }

  /** Its first two bytes are written here; 8 bytes or a multiple. */
  Frame extension(int kind, byte[] bytes) {
    extensionKinds.add(kind);
    extensions.add(bytes);
    return this;
  }

  /** Adds to the length that the IP header tells. */
  Frame ipLengthError(int error) {
    lengthError = error;
    return this;
  }

  Frame udpLengthError(int error) {
    udpLengthError = error;
    return this;
  }

  byte[] udp(String from, int sourcePort, String to, int port, byte[] payload) throws Exception {
    byte[] src = InetAddress.getByName(from).getAddress();
    byte[] dst = InetAddress.getByName(to).getAddress();
    int length = 8 + payload.length;
    ByteBuffer udp =
        ByteBuffer.allocate(length)
            .putShort((short) sourcePort)
            .putShort((short) port)
            .putShort((short) (length + udpLengthError))
            .putShort((short) 0)
            .put(payload);
    int sum = checksum(pseudo(src, dst, udp.array()));
    udp.putShort(6, (short) (sum == 0 ? 0xffff : sum));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(mac(destination));
    out.write(mac(source));
    for (int[] tag : tags) {
      u16(out, tag[0]);
      u16(out, tag[1]);
    }
    u16(out, src.length == 4 ? 0x0800 : 0x86dd);
    out.write(src.length == 4 ? ipv4(src, dst, udp.array()) : ipv6(src, dst, udp.array()));
    return out.toByteArray();
  }

  private byte[] ipv4(byte[] src, byte[] dst, byte[] payload) {
    int header = 20 + options.length;
    ByteBuffer ip =
        ByteBuffer.allocate(header + payload.length)
            .put((byte) (0x40 | (header / 4)))
            .put((byte) (dscp << 2))
            .putShort((short) (header + payload.length + lengthError))
            .putShort((short) 7)
            .putShort((short) fragment)
            .put((byte) 64)
            .put((byte) UDP)
            .putShort((short) 0)
            .put(src)
            .put(dst)
            .put(options);
    ip.putShort(10, (short) checksum(Arrays.copyOf(ip.array(), header)));
    return ip.put(payload).array();
  }

  private byte[] ipv6(byte[] src, byte[] dst, byte[] payload) {
    int extra = extensions.stream().mapToInt(e -> e.length).sum();
    ByteBuffer ip =
        ByteBuffer.allocate(40 + extra + payload.length)
            .putInt(0x60000000 | dscp << 22)
            .putShort((short) (extra + payload.length + lengthError))
            .put((byte) (extensionKinds.isEmpty() ? UDP : extensionKinds.get(0)))
            .put((byte) 64)
            .put(src)
            .put(dst);
    for (int i = 0; i < extensions.size(); i++) {
      byte[] extension = extensions.get(i).clone();
      extension[0] = (byte) (i + 1 < extensions.size() ? extensionKinds.get(i + 1) : UDP);
      if (extensionKinds.get(i) != FRAGMENT) {
        extension[1] = (byte) (extension.length / 8 - 1);
      }
      ip.put(extension);
    }
    return ip.put(payload).array();
  }

  static byte[] mac(String text) {
    return HexFormat.ofDelimiter(":").parseHex(text);
  }

  private static void u16(ByteArrayOutputStream out, int value) {
    out.write(value >> 8);
    out.write(value);
  }

  private static byte[] pseudo(byte[] src, byte[] dst, byte[] udp) {
    return ByteBuffer.allocate(2 * src.length + 8 + udp.length)
        .put(src)
        .put(dst)
        .putInt(udp.length)
        .putInt(UDP)
        .put(udp)
        .array();
  }

  private static int checksum(byte[] bytes) {
    long sum = 0;
    for (int i = 0; i < bytes.length; i++) {
      sum += (bytes[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return (int) ~sum & 0xffff;
  }

  /** A UDP frame as read. */
  record Read(
      String destination,
      String source,
      List<String> tags,
      String from,
      int fromPort,
      String to,
      int toPort,
      String payload,
      boolean checksumsHold) {}

  /** The frame, or null if it is not plain UDP. */
  static @Nullable Read read(byte[] bytes) throws Exception {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    String destination = mac(in);
    String source = mac(in);
    List<String> tags = new ArrayList<>();
    int proto = in.getShort() & 0xffff;
    while (proto == 0x8100 || proto == 0x88a8) {
      tags.add("%04x/%d".formatted(proto, in.getShort() & 0xffff));
      proto = in.getShort() & 0xffff;
    }
    int start = in.position();
    int addressLength = proto == 0x0800 ? 4 : 16;
    int header = proto == 0x0800 ? (bytes[start] & 0xf) * 4 : 40;
    int protocol = bytes[start + (proto == 0x0800 ? 9 : 6)];
    if ((proto != 0x0800 && proto != 0x86dd) || protocol != UDP) {
      return null;
    }
    int addresses = start + (proto == 0x0800 ? 12 : 8);
    byte[] from = Arrays.copyOfRange(bytes, addresses, addresses + addressLength);
    byte[] to = Arrays.copyOfRange(bytes, addresses + addressLength, addresses + 2 * addressLength);
    int udpAt = start + header;
    byte[] udp = Arrays.copyOfRange(bytes, udpAt, udpAt + (in.getShort(udpAt + 4) & 0xffff));
    boolean ipHolds =
        proto == 0x86dd || checksum(Arrays.copyOfRange(bytes, start, start + header)) == 0;
    return new Read(
        destination,
        source,
        tags,
        InetAddress.getByAddress(from).getHostAddress(),
        in.getShort(udpAt) & 0xffff,
        InetAddress.getByAddress(to).getHostAddress(),
        in.getShort(udpAt + 2) & 0xffff,
        new String(udp, 8, udp.length - 8, StandardCharsets.ISO_8859_1),
        ipHolds && checksum(pseudo(from, to, udp)) == 0);
  }

  private static String mac(ByteBuffer in) {
    byte[] mac = new byte[6];
    in.get(mac);
    return HexFormat.ofDelimiter(":").formatHex(mac);
  }
}
