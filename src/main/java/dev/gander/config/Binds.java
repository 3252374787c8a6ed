package dev.gander.config;

import dev.gander.config.Addresses.HostPort;
import dev.gander.config.DnsSettings.Bind;
import dev.gander.config.DnsSettings.Bind.Protocol;
import dev.gander.config.Syntax.Literal;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads the endpoints of {@code dns.bind}. */
final class Binds {

  private static final int PORT_NEEDED = -1;
  private static final String DEFAULT_PATH = "/dns-query";

  private static final Map<String, Protocol> SCHEMES =
      Map.of(
          "udp", Protocol.UDP,
          "tcp", Protocol.TCP,
          "tcp+udp", Protocol.TCP_UDP,
          "udp+tcp", Protocol.TCP_UDP,
          "tls", Protocol.TLS,
          "https", Protocol.HTTPS,
          "h3", Protocol.H3,
          "http3", Protocol.H3,
          "quic", Protocol.QUIC);

  private Binds() {}

  /** {@code ip:port} (UDP), or a URL of one of the schemes. */
  static Bind read(Literal value, Problems problems) throws BadValue {
    String text = value.text();
    int end = text.indexOf("://");
    String scheme = end < 0 ? "udp" : text.substring(0, end).toLowerCase(Locale.ROOT);
    Protocol protocol = SCHEMES.get(scheme);
    if (protocol == null) {
      throw new BadValue(
          value.place(),
          "`bind` cannot listen by `" + Text.shortened(scheme) + "`",
          "write udp://, tcp://, tcp+udp://, tls://, https://, h3:// or quic://");
    }
    String rest = end < 0 ? text : text.substring(end + 3);
    int mark = rest.indexOf('?');
    String query = mark < 0 ? "" : rest.substring(mark + 1);
    String where = mark < 0 ? rest : rest.substring(0, mark);
    int slash = where.indexOf('/');
    HostPort endpoint =
        Addresses.hostPort(
            value.place(), slash < 0 ? where : where.substring(0, slash), defaultPort(protocol));
    String path = path(value.place(), protocol, slash < 0 ? "" : where.substring(slash));
    BindOptions options = new BindOptions(value.place(), protocol, query);
    return new Bind(
        protocol,
        host(value.place(), endpoint),
        endpoint.port(),
        path,
        options.identity(),
        options.proxies(),
        value.place());
  }

  /** Tells entries that cannot listen beside an earlier one, or would take its place unseen. */
  static void tellClashes(List<Bind> binds, Problems problems) {
    for (int i = 1; i < binds.size(); i++) {
      Bind later = binds.get(i);
      for (Bind earlier : binds.subList(0, i)) {
        if (clash(earlier, later)) {
          problems.error(
              later.place(),
              later.protocol().scheme()
                  + ":// here has the address and port of "
                  + earlier.protocol().scheme()
                  + ":// at "
                  + earlier.place(),
              "give one of the two another port or address, or remove it: [::] alone is every"
                  + " address of both families, and an address and port have one path");
          break;
        }
      }
    }
  }

  private static boolean clash(Bind one, Bind other) {
    boolean meet = (overTcp(one) && overTcp(other)) || (overUdp(one) && overUdp(other));
    if (one.port() != other.port() || one.port() == 0 || !meet) {
      return false;
    }
    if (!one.host().equals(other.host())) {
      return holds(one.host(), other.host()) || holds(other.host(), one.host());
    }
    boolean plain = one.identity().isEmpty() && other.identity().isEmpty();
    boolean same = one.protocol() == other.protocol() && one.path().equals(other.path());
    return !plain && !same;
  }

  private static boolean overTcp(Bind bind) {
    return switch (bind.protocol()) {
      case TCP, TCP_UDP, TLS, HTTPS -> true;
      case UDP, QUIC, H3 -> false;
    };
  }

  private static boolean overUdp(Bind bind) {
    return switch (bind.protocol()) {
      case UDP, TCP_UDP, QUIC, H3 -> true;
      case TCP, TLS, HTTPS -> false;
    };
  }

  /** Whether {@code all} is every address of a family or of both, {@code some} among them. */
  private static boolean holds(String all, String some) {
    return all.equals("::") || (all.equals("0.0.0.0") && some.indexOf(':') < 0);
  }

  private static int defaultPort(Protocol protocol) {
    return switch (protocol) {
      case UDP, TCP, TCP_UDP -> PORT_NEEDED;
      case TLS, QUIC -> 853;
      case HTTPS, H3 -> 443;
    };
  }

  private static String path(Place place, Protocol protocol, String written) throws BadValue {
    boolean http = protocol.overHttp();
    if (!http && written.length() > 1) {
      throw new BadValue(
          place, protocol.scheme() + ":// has no path", "remove " + Text.shortened(written));
    }
    return http && written.length() > 1 ? written : DEFAULT_PATH;
  }

  private static String host(Place place, HostPort endpoint) throws BadValue {
    String host =
        switch (endpoint.host()) {
          case "" -> "::";
          case "*" -> "::";
          case "localhost" -> "127.0.0.1";
          default -> endpoint.host();
        };
    if (Addresses.parse(host) == null) {
      throw new BadValue(
          place,
          "`" + Text.shortened(endpoint.host()) + "` is no address to listen on",
          "write one like '127.0.0.1:5353' or 'tcp+udp://[::1]:5353'");
    }
    return host;
  }
}
