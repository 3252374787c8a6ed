package dev.gander.node;

import dev.gander.node.ProxyServer.Tls;
import dev.gander.node.ProxyServer.Transport;
import dev.gander.node.ProxyServer.Vmess;
import dev.gander.node.ProxyServer.VmessCipher;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * {@code vmess} links: Base64 of a JSON object, as v2rayN writes it; {@code UUID@HOST:PORT} with
 * the options that {@code vless} links have; or Base64 of {@code METHOD:UUID@HOST:PORT} with
 * options of its own, as Shadowrocket writes it.
 */
final class VmessLink {

  private VmessLink() {}

  static Vmess read(String rest) throws LinkException {
    String body = LinkText.beforeName(rest);
    int question = body.indexOf('?');
    String coded = question < 0 ? body : body.substring(0, question);
    if (coded.indexOf('@') >= 0) {
      return plain(LinkText.of(rest, 0));
    }
    String json = LinkText.base64(coded);
    if (json != null && !json.startsWith("{") && json.indexOf('@') >= 0) {
      String options = question < 0 ? "" : body.substring(question);
      return shadowrocket(json, LinkText.options(options), LinkText.name(rest));
    }
    if (json == null) {
      throw new LinkException(
          "the link is neither vmess://BASE64(JSON) nor vmess://UUID@HOST:PORT");
    }
    Map<String, String> said = FlatJson.read(json);
    String host = host(said(said, "add"));
    int port = LinkText.port(said(said, "port"));
    String aid = said(said, "aid");
    if (!aid.isEmpty() && !aid.equals("0")) {
      throw new LinkException(
          "`aid` is not 0: only headers with AEAD are spoken, which servers accept with aid 0");
    }
    return new Vmess(
        said(said, "ps"),
        host,
        port,
        id(said),
        cipher(said(said, "scy")),
        transport(said),
        tls(said, host));
  }

  private static Vmess shadowrocket(String server, Map<String, String> said, String name)
      throws LinkException {
    LinkText link = LinkText.of(server, 0);
    int colon = link.user().indexOf(':');
    String aid = said(said, "alterId");
    if (!aid.isEmpty() && !aid.equals("0")) {
      throw new LinkException(
          "`alterId` is not 0: only headers with AEAD are spoken, which servers accept with 0");
    }
    String peer = said(said, "peer");
    Optional<Tls> tls = Optional.empty();
    if (isSet(said, "tls")) {
      tls =
          Optional.of(
              new Tls(
                  peer.isEmpty() ? link.host() : peer,
                  !isSet(said, "allowInsecure"),
                  List.of(),
                  ""));
    }
    return new Vmess(
        name.isEmpty() ? said(said, "remarks") : name,
        link.host(),
        link.port(),
        uuid(link.user().substring(colon + 1))
            .orElseThrow(() -> new LinkException("the id of vmess is not a UUID")),
        cipher(colon < 0 ? "" : link.user().substring(0, colon)),
        shadowrocketTransport(said),
        tls);
  }

  private static boolean isSet(Map<String, String> said, String key) {
    String value = said(said, key);
    return value.equals("1") || value.equalsIgnoreCase("true");
  }

  private static Transport shadowrocketTransport(Map<String, String> said) throws LinkException {
    String obfs = said(said, "obfs");
    String host = said(said, "obfsParam");
    if (host.startsWith("{")) {
      host = said(FlatJson.read(host), "Host");
    }
    String net =
        switch (obfs) {
          case "", "none" -> "tcp";
          case "websocket" -> "ws";
          default -> obfs;
        };
    String path = said(said, "path");
    return TransportText.of(
        "vmess over `" + ProxyLinks.shown(obfs) + "`", net, path, host, path, host);
  }

  private static Vmess plain(LinkText link) throws LinkException {
    return new Vmess(
        link.name(),
        link.host(),
        link.port(),
        uuid(LinkText.decoded(link.user(), "the id"))
            .orElseThrow(() -> new LinkException("the id of vmess is not a UUID")),
        cipher(link.option("encryption")),
        TransportText.of("vmess", link),
        VlessLink.tls("vmess", link));
  }

  private static String said(Map<String, String> said, String key) {
    return said.getOrDefault(key, "").strip();
  }

  /** IPv6 addresses stand here with and without brackets. */
  private static String host(String text) throws LinkException {
    boolean bare = text.indexOf(':') >= 0 && !text.startsWith("[");
    return LinkText.host(bare ? "[" + text + "]" : text);
  }

  /** Of gRPC {@code path} holds the service, and {@code type} a mode that only clients have. */
  private static Transport transport(Map<String, String> said) throws LinkException {
    String net = said(said, "net");
    String type = said(said, "type");
    if (!net.equals("grpc") && !type.isEmpty() && !type.equals("none")) {
      throw new LinkException(
          "vmess disguised as `" + ProxyLinks.shown(type) + "` is not spoken yet");
    }
    return TransportText.of(
        "vmess over `" + ProxyLinks.shown(net) + "`",
        net,
        said(said, "path"),
        said(said, "host"),
        said(said, "path"),
        said(said, "host"));
  }

  private static Secret id(Map<String, String> said) throws LinkException {
    return uuid(said(said, "id")).orElseThrow(() -> new LinkException("`id` is not a UUID"));
  }

  /** A UUID as 32 hexadecimal digits. */
  static Optional<Secret> uuid(String text) {
    String digits = text.replace("-", "").toLowerCase(Locale.ROOT);
    return digits.matches("[0-9a-f]{32}") ? Optional.of(new Secret(digits)) : Optional.empty();
  }

  private static VmessCipher cipher(String scy) throws LinkException {
    return switch (scy.toLowerCase(Locale.ROOT)) {
      // A server takes what the client chooses, so nobody need go without.
      case "", "auto", "aes-128-gcm", "none", "zero" -> VmessCipher.AES_128_GCM;
      case "chacha20-poly1305" -> VmessCipher.CHACHA20_POLY1305;
      default ->
          throw new LinkException(
              "`scy` is `"
                  + ProxyLinks.shown(scy)
                  + "`: write auto, aes-128-gcm or"
                  + " chacha20-poly1305");
    };
  }

  private static Optional<Tls> tls(Map<String, String> said, String host) throws LinkException {
    String tls = said(said, "tls");
    if (tls.isEmpty() || tls.equals("none")) {
      return Optional.empty();
    }
    if (!tls.equals("tls")) {
      throw new LinkException("vmess with `" + ProxyLinks.shown(tls) + "` is not spoken yet");
    }
    String sni = said(said, "sni").isEmpty() ? said(said, "host") : said(said, "sni");
    String trust = said(said, "allowInsecure");
    String alpn = said(said, "alpn");
    return Optional.of(
        new Tls(
            sni.isEmpty() ? host : sni,
            !trust.equals("1") && !trust.equals("true"),
            alpn.isEmpty() ? List.of() : List.of(alpn.split(",")),
            said(said, "fp")));
  }
}
