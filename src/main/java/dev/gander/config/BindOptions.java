package dev.gander.config;

import dev.gander.config.DnsSettings.Bind.Identity;
import dev.gander.config.DnsSettings.Bind.Protocol;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads what stands behind the {@code ?} of an endpoint of {@code dns.bind}. */
final class BindOptions {

  private static final Set<Protocol> ENCRYPTED =
      EnumSet.of(Protocol.TLS, Protocol.HTTPS, Protocol.H3, Protocol.QUIC);
  private static final Set<Protocol> STREAMS =
      EnumSet.of(Protocol.TCP, Protocol.TLS, Protocol.HTTPS);

  private static final Map<String, Set<Protocol>> KNOWN =
      Map.of(
          "cert", ENCRYPTED,
          "key", ENCRYPTED,
          "name", ENCRYPTED,
          "proxy_protocol", STREAMS,
          "proxy_allow", STREAMS);

  /** A proxy on this machine. */
  private static final List<String> LOOPBACK = List.of("127.0.0.0/8", "::1");

  private final Place place;
  private final Protocol protocol;
  private final Map<String, String> options = new LinkedHashMap<>();
  private final List<String> allowed = new ArrayList<>();

  BindOptions(Place place, Protocol protocol, String query) throws BadValue {
    this.place = place;
    this.protocol = protocol;
    for (String option : query.split("&", -1)) {
      if (!option.isEmpty()) {
        add(option);
      }
    }
  }

  private void add(String option) throws BadValue {
    int equal = option.indexOf('=');
    String key = equal < 0 ? option : option.substring(0, equal);
    String value = equal < 0 ? "" : option.substring(equal + 1);
    Set<Protocol> fitting = KNOWN.get(key);
    if (fitting == null) {
      throw new BadValue(
          place,
          "`bind` has no option `" + Text.shortened(key) + "`",
          Suggestions.forName(key, KNOWN.keySet()));
    }
    if (!fitting.contains(protocol)) {
      List<String> schemes = fitting.stream().map(it -> it.scheme() + "://").sorted().toList();
      throw new BadValue(
          place,
          "the option `" + key + "` is no use to " + protocol.scheme() + "://",
          "it is for " + String.join(", ", schemes));
    }
    if (value.isEmpty()) {
      throw new BadValue(place, "the option `" + key + "` has no value", "write " + key + "=…");
    }
    if (key.equals("proxy_allow")) {
      allowed.add(value);
    } else if (options.put(key, value) != null) {
      throw new BadValue(place, "the option `" + key + "` is given twice", "remove one");
    }
  }

  /** What an encrypted endpoint shows of itself; empty for the others. */
  Optional<Identity> identity() throws BadValue {
    if (!ENCRYPTED.contains(protocol)) {
      return Optional.empty();
    }
    String certificate = options.get("cert");
    if (certificate == null) {
      throw new BadValue(
          place,
          protocol.scheme() + ":// needs a certificate",
          "write ?cert=FILE&key=FILE; `gander cert` makes a self-signed pair");
    }
    String key = options.getOrDefault("key", certificate);
    PemFiles files = new PemFiles(place);
    String chain = files.certificates("cert", certificate);
    String secret = files.key("key", key);
    PemPair pair = files.pair(chain, secret);
    String name = options.get("name");
    Optional<String> shown =
        name == null ? Optional.empty() : Optional.of(Names.check(place, name));
    return Optional.of(new Identity(Path.of(chain), Path.of(secret), shown, pair));
  }

  /** From whom a PROXY header is taken; empty if none is expected. */
  Optional<List<Network>> proxies() throws BadValue {
    String expected = options.getOrDefault("proxy_protocol", "false");
    if (!expected.equals("true") && !expected.equals("false")) {
      throw new BadValue(
          place,
          "`" + Text.shortened(expected) + "` is no value of `proxy_protocol`",
          "write proxy_protocol=true or proxy_protocol=false");
    }
    if (expected.equals("false")) {
      if (!allowed.isEmpty()) {
        throw new BadValue(
            place, "`proxy_allow` is no use without proxy_protocol=true", "add it, or remove this");
      }
      return Optional.empty();
    }
    List<Network> networks = new ArrayList<>();
    for (String each : allowed.isEmpty() ? LOOPBACK : allowed) {
      networks.add(network(each));
    }
    return Optional.of(List.copyOf(networks));
  }

  private Network network(String text) throws BadValue {
    int slash = text.indexOf('/');
    InetAddress address = Addresses.parse(slash < 0 ? text : text.substring(0, slash));
    int most = address == null ? 0 : address.getAddress().length * 8;
    int bits = slash < 0 ? most : bits(text.substring(slash + 1));
    if (address == null || bits < 0 || bits > most) {
      throw new BadValue(
          place,
          "`" + Text.shortened(text) + "` is no range of addresses",
          "write proxy_allow=10.0.0.0/8; it may be repeated");
    }
    return new Network(address, bits);
  }

  private static int bits(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
