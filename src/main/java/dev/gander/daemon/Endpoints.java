package dev.gander.daemon;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Addresses as people write them: RFC 5952 for IPv6, where the JDK spells every zero. */
public final class Endpoints {

  private Endpoints() {}

  public static String text(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address.getHostAddress();
    }
    byte[] bytes = address.getAddress();
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = ((bytes[2 * i] & 0xff) << 8) | (bytes[2 * i + 1] & 0xff);
    }
    int gap = 8;
    int gapEnd = 8;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i >= 2 && end - i > gapEnd - gap) {
        gap = i;
        gapEnd = end;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == gap) {
        text.append("::");
        i = gapEnd - 1;
        continue;
      }
      if (i > 0 && i != gapEnd) {
        text.append(':');
      }
      text.append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }

  public static String text(InetSocketAddress endpoint) {
    String address = text(endpoint.getAddress());
    boolean six = endpoint.getAddress() instanceof Inet6Address;
    return (six ? "[" + address + "]" : address) + ":" + endpoint.getPort();
  }
}
