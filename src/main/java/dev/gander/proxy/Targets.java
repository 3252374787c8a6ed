package dev.gander.proxy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Where tunnels lead: names and addresses as text. */
final class Targets {

  private Targets() {}

  /** Host and port, as messages and HTTP have them. */
  static String text(InetSocketAddress target) {
    InetAddress address = target.getAddress();
    String host = address == null ? target.getHostString() : address.getHostAddress();
    return (address instanceof Inet6Address ? "[" + host + "]" : host) + ":" + target.getPort();
  }

  /** Resolved where {@code host} is a literal address, else not. */
  static InetSocketAddress ofLiteral(String host, int port) {
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    } catch (IllegalArgumentException e) {
      return InetSocketAddress.createUnresolved(host, port);
    }
  }
}
