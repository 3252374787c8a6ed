package dev.gander.node;

import dev.gander.node.ProxyServer.Hysteria2;
import dev.gander.node.ProxyServer.Ports;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code hysteria2} links (v2.hysteria.network, URI scheme); {@code mport} is v2rayN's. */
final class Hysteria2Link {

  /** Of the lists of ports in use the longest have a handful. */
  private static final int MOST_RANGES = 64;

  private Hysteria2Link() {}

  static Hysteria2 read(String rest) throws LinkException {
    LinkText link = LinkText.withPorts(rest, 443);
    if (!link.option("ech").isEmpty()) {
      throw new LinkException(
          "hysteria2 with `ech` is not spoken: the QUIC that is used has no Encrypted Client"
              + " Hello");
    }
    List<Ports> hops = ports(link.option("mport"));
    return new Hysteria2(
        link.name(),
        link.host(),
        hops.isEmpty() ? link.port() : hops.getFirst().first(),
        hops,
        // A server may have none.
        new Secret(LinkText.decoded(link.user(), "the password")),
        salamander(link),
        fingerprint(link.option("pinSHA256")),
        ProxyLinks.tls(link));
  }

  private static List<Ports> ports(String text) throws LinkException {
    List<Ports> ranges = new ArrayList<>();
    for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      String[] ends = part.split("-", -1);
      int first = LinkText.port(ends[0]);
      int last = ends.length == 1 ? first : LinkText.port(ends[1]);
      if (ends.length > 2 || last < first || ranges.size() == MOST_RANGES) {
        throw new LinkException("the ports are not written as 443,5000-6000");
      }
      ranges.add(new Ports(first, last));
    }
    return ranges;
  }

  private static Optional<Secret> salamander(LinkText link) throws LinkException {
    String type = link.option("obfs");
    String key = link.option("obfs-password");
    return switch (type) {
      case "", "none" -> Optional.empty();
      case "salamander" -> {
        if (key.isEmpty()) {
          throw new LinkException("`obfs=salamander` lacks its `obfs-password`");
        }
        yield Optional.of(new Secret(key));
      }
      case "gecko" -> throw new LinkException("hysteria2 with `obfs=gecko` is not spoken yet");
      // Not shown: in a link that was broken its password may have come here.
      default -> throw new LinkException("the `obfs` of hysteria2 is not salamander");
    };
  }

  /** As openssl prints it, with colons, or without. */
  private static Optional<String> fingerprint(String text) throws LinkException {
    String digits = text.replaceAll("[: -]", "").toLowerCase(Locale.ROOT);
    if (!digits.isEmpty() && !digits.matches("[0-9a-f]{64}")) {
      throw new LinkException(
          "`pinSHA256` is not the SHA-256 of a certificate, 64 hexadecimal digits: openssl x509"
              + " -noout -fingerprint -sha256");
    }
    return digits.isEmpty() ? Optional.empty() : Optional.of(digits);
  }
}
