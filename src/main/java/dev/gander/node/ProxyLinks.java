package dev.gander.node;

import dev.gander.node.ProxyServer.Anytls;
import dev.gander.node.ProxyServer.Http;
import dev.gander.node.ProxyServer.Login;
import dev.gander.node.ProxyServer.Socks4;
import dev.gander.node.ProxyServer.Socks5;
import dev.gander.node.ProxyServer.Tls;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads share links. */
public final class ProxyLinks {

  /** Long enough for every link in use; a bound for what a subscription brings. */
  private static final int LONGEST = 16_384;

  private static final Set<String> LATER = Set.of("ssr", "juicity", "hysteria");

  private ProxyLinks() {}

  /**
   * Reads one link.
   *
   * @throws LinkException if it is broken, or asks for what gander does not speak
   */
  public static ProxyServer parse(String link) throws LinkException {
    String text = link.strip();
    if (text.length() > LONGEST) {
      throw new LinkException("the link is longer than " + LONGEST + " characters");
    }
    int end = text.indexOf("://");
    if (end <= 0) {
      throw new LinkException("the link has no scheme");
    }
    String scheme = text.substring(0, end).toLowerCase(Locale.ROOT);
    String rest = text.substring(end + 3);
    return switch (scheme) {
      case "socks4" -> socks4(rest, false);
      case "socks4a" -> socks4(rest, true);
      case "socks", "socks5" -> socks5(rest);
      case "http" -> http(rest);
      case "https" -> https(rest);
      case "ss" -> ShadowsocksLink.read(rest);
      case "trojan" -> TrojanLink.read(rest);
      case "trojan-go" -> TrojanLink.readGo(rest);
      case "vmess" -> VmessLink.read(rest);
      case "vless" -> VlessLink.read(rest);
      case "hysteria2", "hy2" -> Hysteria2Link.read(rest);
      case "anytls" -> anytls(rest);
      case "tuic" -> TuicLink.read(rest);
      default ->
          throw new LinkException(
              LATER.contains(scheme)
                  ? "`" + scheme + "` is not spoken yet"
                  : "the link's scheme is none of socks4, socks4a, socks5, http, https, ss,"
                      + " trojan, trojan-go, vmess, vless, hysteria2, anytls, tuic");
    };
  }

  private static Socks4 socks4(String rest, boolean names) throws LinkException {
    LinkText link = LinkText.of(rest, 1080);
    if (link.user().contains(":")) {
      throw new LinkException("socks4 knows no password: write socks4://USER@HOST:PORT");
    }
    String user = LinkText.decoded(link.user(), "the user");
    if (!user.matches("[ -~]*")) {
      throw new LinkException("a user of socks4 may hold only letters, digits and signs of ASCII");
    }
    return new Socks4(link.name(), link.host(), link.port(), new Secret(user), names);
  }

  private static Socks5 socks5(String rest) throws LinkException {
    LinkText link = LinkText.of(rest, 1080);
    Optional<Login> login = socksLogin(link);
    if (login.isPresent()) {
      within255("the user", 1, login.get().user());
      // RFC 1929 wants a byte at least; servers take an empty one, and some have no password.
      within255("the password", 0, login.get().password().reveal());
    }
    return new Socks5(link.name(), link.host(), link.port(), login);
  }

  /** As written, or Base64 of {@code USER:PASSWORD}, as v2rayN has it. */
  private static Optional<Login> socksLogin(LinkText link) throws LinkException {
    String text = link.user().indexOf(':') < 0 ? LinkText.base64(link.user()) : null;
    int colon = text == null ? -1 : text.indexOf(':');
    return text == null || colon < 1
        ? login(link)
        : Optional.of(new Login(text.substring(0, colon), new Secret(text.substring(colon + 1))));
  }

  /** RFC 1929: each has one byte for its length. */
  private static void within255(String what, int least, String text) throws LinkException {
    int length = new Secret(text).bytes().length;
    if (length < least || length > 255) {
      throw new LinkException(what + " must have " + least + " to 255 bytes for socks5");
    }
  }

  private static Http http(String rest) throws LinkException {
    LinkText link = LinkText.of(rest, 80);
    return new Http(link.name(), link.host(), link.port(), login(link), Optional.empty());
  }

  private static Http https(String rest) throws LinkException {
    LinkText link = LinkText.of(rest, 443);
    Tls tls = tls(link);
    return new Http(link.name(), link.host(), link.port(), login(link), Optional.of(tls));
  }

  private static Anytls anytls(String rest) throws LinkException {
    LinkText link = LinkText.of(rest, 443);
    Secret password = password(link, "anytls");
    return new Anytls(link.name(), link.host(), link.port(), password, tls(link));
  }

  /** The whole of what stands before the host. */
  static Secret password(LinkText link, String scheme) throws LinkException {
    String password = LinkText.decoded(link.user(), "the password");
    if (password.isEmpty()) {
      throw new LinkException("the password is missing: write " + scheme + "://PASSWORD@HOST:PORT");
    }
    return new Secret(password);
  }

  private static Optional<Login> login(LinkText link) throws LinkException {
    if (link.user().isEmpty()) {
      return Optional.empty();
    }
    int colon = link.user().indexOf(':');
    String user = colon < 0 ? link.user() : link.user().substring(0, colon);
    String password = colon < 0 ? "" : link.user().substring(colon + 1);
    return Optional.of(
        new Login(
            LinkText.decoded(user, "the user"),
            new Secret(LinkText.decoded(password, "the password"))));
  }

  /** What the usual query keys say, under the names they go by in the wild. */
  static Tls tls(LinkText link) {
    String name = link.option("sni", "peer");
    String trust = link.option("allowInsecure", "allow_insecure", "insecure", "skip-cert-verify");
    String alpn = link.option("alpn");
    return new Tls(
        name.isEmpty() ? link.host() : name,
        !trust.equals("1") && !trust.equalsIgnoreCase("true"),
        alpn.isEmpty() ? List.of() : List.of(alpn.split(",")),
        link.option("fp"));
  }

  /** A word of a link, as much of it as a message can bear. */
  static String shown(String word) {
    String plain = word.replaceAll("[^A-Za-z0-9._+-]", "?");
    return plain.length() > 24 ? plain.substring(0, 24) + "…" : plain;
  }
}
