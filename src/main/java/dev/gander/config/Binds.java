package dev.gander.config;

import dev.gander.config.Addresses.HostPort;
import dev.gander.config.DnsSettings.Bind;
import dev.gander.config.Syntax.Literal;
import java.util.Locale;

/** Reads the endpoints of {@code dns.bind}. */
final class Binds {

  private Binds() {}

  /** {@code ip:port} (UDP), {@code udp://…}, {@code tcp://…}, {@code tcp+udp://…}. */
  static Bind read(Literal value, Problems problems) throws BadValue {
    String text = value.text();
    int end = text.indexOf("://");
    String scheme = end < 0 ? "udp" : text.substring(0, end).toLowerCase(Locale.ROOT);
    boolean both = scheme.equals("tcp+udp") || scheme.equals("udp+tcp");
    boolean udp = both || scheme.equals("udp");
    boolean tcp = both || scheme.equals("tcp");
    if (!udp && !tcp) {
      throw new BadValue(
          value.place(),
          "`bind` cannot listen by `" + Text.shortened(scheme) + "`",
          "write udp://, tcp:// or tcp+udp://");
    }
    HostPort endpoint =
        Addresses.hostPort(value.place(), end < 0 ? text : text.substring(end + 3), -1);
    String host =
        switch (endpoint.host()) {
          case "" -> "::";
          case "*" -> "::";
          case "localhost" -> "127.0.0.1";
          default -> endpoint.host();
        };
    if (Addresses.parse(host) == null) {
      throw new BadValue(
          value.place(),
          "`" + Text.shortened(endpoint.host()) + "` is no address to listen on",
          "write one like '127.0.0.1:5353' or 'tcp+udp://[::1]:5353'");
    }
    return new Bind(udp, tcp, host, endpoint.port(), value.place());
  }
}
