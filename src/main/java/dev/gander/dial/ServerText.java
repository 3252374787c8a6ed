package dev.gander.dial;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Servers in words for people. */
final class ServerText {

  private ServerText() {}

  /** {@code 192.0.2.53:53} or {@code [2001:db8::53]:53}. */
  static String of(InetSocketAddress server) {
    InetAddress address = server.getAddress();
    String host = address == null ? server.getHostString() : address.getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + server.getPort();
  }
}
