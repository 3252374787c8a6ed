package dev.gander.config;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** How people read and write addresses and ports. Any thread. */
public final class Endpoint {

  private Endpoint() {}

  /** {@code 203.0.113.2:53}, {@code [2001:db8::1]:53}; a name that is no address yet as it is. */
  public static String text(InetSocketAddress endpoint) {
    InetAddress address = endpoint.getAddress();
    String host = address == null ? endpoint.getHostString() : text(address);
    return (address instanceof Inet6Address ? "[" + host + "]" : host) + ":" + endpoint.getPort();
  }

  /** {@code 203.0.113.2}, {@code 2001:db8::1}, where the JDK spells every zero. */
  public static String text(InetAddress address) {
    return address instanceof Inet6Address six ? shortest(six) : address.getHostAddress();
  }

  /**
   * RFC 5952: the first of the longest runs of zeros, of two at least, is written as two colons.
   */
  private static String shortest(Inet6Address address) {
    byte[] bytes = address.getAddress();
    int start = -1;
    int longest = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && bytes[2 * end] == 0 && bytes[2 * end + 1] == 0) {
        end++;
      }
      if (end - i > longest) {
        start = i;
        longest = end - i;
      }
      i = Math.max(i, end - 1);
    }
    StringBuilder text = new StringBuilder(40);
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        text.append("::");
        i += longest - 1;
      } else {
        boolean first = text.isEmpty() || text.charAt(text.length() - 1) == ':';
        int group = (bytes[2 * i] & 0xFF) << 8 | (bytes[2 * i + 1] & 0xFF);
        text.append(first ? "" : ":").append(Integer.toHexString(group));
      }
    }
    return text + zone(address);
  }

  private static String zone(Inet6Address address) {
    @Nullable String text = address.getHostAddress();
    int percent = text.indexOf('%');
    return percent < 0 ? "" : text.substring(percent);
  }
}
