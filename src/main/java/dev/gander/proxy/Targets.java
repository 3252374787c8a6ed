package dev.gander.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Where tunnels lead. */
final class Targets {

  private Targets() {}

  /** Resolved where {@code host} is a literal address, else not. */
  static InetSocketAddress ofLiteral(String host, int port) {
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    } catch (IllegalArgumentException e) {
      return InetSocketAddress.createUnresolved(host, port);
    }
  }
}
