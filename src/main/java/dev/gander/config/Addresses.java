package dev.gander.config;

import dev.gander.config.Syntax.Literal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** IP addresses, prefixes, ports and MAC addresses as text; never asks a resolver. */
final class Addresses {

  private Addresses() {}

  /** A literal IPv4 or IPv6 address. */
  static InetAddress address(Literal literal) throws BadValue {
    InetAddress address = parse(literal.text());
    if (address == null) {
      throw new BadValue(
          literal.place(),
          "`" + Text.shortened(literal.text()) + "` is no IP address",
          "write one like 192.0.2.1 or '2001:db8::1'");
    }
    return address;
  }

  /** Checks {@code address} or {@code address/bits}. */
  static void prefix(Literal literal) throws BadValue {
    String text = literal.text();
    int slash = text.indexOf('/');
    InetAddress address = parse(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      throw new BadValue(
          literal.place(),
          "`" + Text.shortened(text) + "` is no IP address or prefix",
          "write one like 192.0.2.0/24 or '2001:db8::/32'");
    }
    int most = text.indexOf(':') < 0 ? 32 : 128;
    if (slash >= 0 && number(text.substring(slash + 1), most) < 0) {
      throw new BadValue(
          literal.place(),
          "`" + Text.shortened(text) + "` has no such prefix length",
          "write /0 to /" + most);
    }
  }

  /** The literal address, null if the text is none. */
  static @Nullable InetAddress parse(String text) {
    byte[] bytes = text.indexOf(':') < 0 ? ipv4(text) : ipv6(text);
    if (bytes == null) {
      return null;
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte @Nullable [] ipv4(String text) {
    byte[] bytes = new byte[4];
    int at = 0;
    for (int i = 0; i < 4; i++) {
      int end = i < 3 ? text.indexOf('.', at) : text.length();
      int value = end < 0 ? -1 : number(text.substring(at, end), 255);
      if (value < 0 || end - at > 3) {
        return null;
      }
      bytes[i] = (byte) value;
      at = end + 1;
    }
    return bytes;
  }

  private static byte @Nullable [] ipv6(String text) {
    int gap = text.indexOf("::");
    if (gap != text.lastIndexOf("::") || text.length() > 45) {
      return null;
    }
    byte[] bytes = new byte[16];
    if (gap < 0) {
      return groups(text, bytes, true) == 16 ? bytes : null;
    }
    byte[] tail = new byte[16];
    int head = groups(text.substring(0, gap), bytes, false);
    int rest = groups(text.substring(gap + 2), tail, true);
    if (head < 0 || rest < 0 || head + rest > 14) {
      return null;
    }
    System.arraycopy(tail, 0, bytes, 16 - rest, rest);
    return bytes;
  }

  /** Reads {@code h:h:h}, at its end perhaps an IPv4 address; the number of bytes, or -1. */
  private static int groups(String text, byte[] bytes, boolean mayEndInIpv4) {
    if (text.isEmpty()) {
      return 0;
    }
    String[] parts = text.split(":", -1);
    int at = 0;
    for (int i = 0; i < parts.length; i++) {
      if (mayEndInIpv4 && i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
        byte[] last = ipv4(parts[i]);
        if (last == null || at > 12) {
          return -1;
        }
        System.arraycopy(last, 0, bytes, at, 4);
        return at + 4;
      }
      int value = hexadecimal(parts[i]);
      if (value < 0 || at > 14) {
        return -1;
      }
      bytes[at++] = (byte) (value >> 8);
      bytes[at++] = (byte) value;
    }
    return at;
  }

  private static int hexadecimal(String text) {
    if (text.isEmpty() || text.length() > 4 || !Text.isAll(text, Text::isHexDigit)) {
      return -1;
    }
    return Integer.parseInt(text, 16);
  }

  /** A plain decimal number from 0 to {@code most}; -1 if it is none. */
  static int number(String text, int most) {
    if (text.isEmpty() || text.length() > 9 || !Text.isAll(text, Text::isDigit)) {
      return -1;
    }
    int value = Integer.parseInt(text);
    return value <= most ? value : -1;
  }

  /** What stands before and after the port; brackets around an IPv6 address are gone. */
  record HostPort(String host, int port) {}

  /**
   * {@code host}, {@code host:port}, {@code 2001:db8::1}, {@code [2001:db8::1]:port}.
   *
   * @param defaultPort where none is written; -1 if one must be
   */
  static HostPort hostPort(Place place, String text, int defaultPort) throws BadValue {
    String host = text;
    String port = "";
    boolean hasPort = false;
    if (text.startsWith("[")) {
      int bracket = Math.max(text.indexOf(']'), 1);
      host = text.substring(1, bracket);
      hasPort = bracket + 1 < text.length();
      port = hasPort ? text.substring(bracket + 1) : "";
      if ((hasPort && !port.startsWith(":")) || parse(host) == null || host.indexOf(':') < 0) {
        throw new BadValue(
            place, "`" + Text.shortened(text) + "` is no address", "write '[2001:db8::1]:53'");
      }
      port = hasPort ? port.substring(1) : "";
    } else if (text.indexOf(':') >= 0 && parse(text) == null) {
      hasPort = true;
      host = text.substring(0, text.lastIndexOf(':'));
      port = text.substring(text.lastIndexOf(':') + 1);
    }
    int number = hasPort ? number(port, 65535) : defaultPort;
    if (number < 0) {
      throw new BadValue(
          place,
          hasPort
              ? "`" + Text.shortened(port) + "` is no port"
              : "`" + Text.shortened(text) + "` has no port",
          hasPort ? "ports go from 1 to 65535" : "write ADDRESS:PORT");
    }
    return new HostPort(host, number);
  }

  /** {@code address[:port]} with a literal address. */
  static InetSocketAddress endpoint(Literal literal, int defaultPort) throws BadValue {
    HostPort parts = hostPort(literal.place(), literal.text(), defaultPort);
    InetAddress address = parse(parts.host());
    if (address == null) {
      throw new BadValue(
          literal.place(),
          "`" + Text.shortened(literal.text()) + "` is no IP address with a port",
          "write one like '192.0.2.1:53' or '[2001:db8::1]:53'");
    }
    if (parts.port() == 0) {
      throw new BadValue(literal.place(), "`0` is no port", "ports go from 1 to 65535");
    }
    return new InetSocketAddress(address, parts.port());
  }

  /**
   * Reads {@code 00:11:22:33:44:55}, also with dashes or as {@code 0011.2233.4455}.
   *
   * @return in the first form, lower case
   */
  static String mac(Literal literal) throws BadValue {
    if (!literal
        .text()
        .matches(
            "[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}"
                + "|[0-9a-fA-F]{2}(-[0-9a-fA-F]{2}){5}"
                + "|[0-9a-fA-F]{4}(\\.[0-9a-fA-F]{4}){2}")) {
      throw new BadValue(
          literal.place(),
          "`" + Text.shortened(literal.text()) + "` is no MAC address",
          "write one like '02:42:ac:11:00:02'");
    }
    String digits = literal.text().replaceAll("[:.-]", "").toLowerCase(Locale.ROOT);
    return digits.replaceAll("(..)(?=.)", "$1:");
  }
}
