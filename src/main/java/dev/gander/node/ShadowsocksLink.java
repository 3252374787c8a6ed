package dev.gander.node;

import dev.gander.node.ProxyServer.Cipher;
import dev.gander.node.ProxyServer.Shadowsocks;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code ss} links: SIP002, whose user part is {@code method:password} in Base64 or
 * percent-encoded, and the older form that is Base64 as a whole.
 */
final class ShadowsocksLink {

  /** Ciphers that there are and gander does not speak; any other word may be part of a password. */
  private static final Set<String> OTHERS =
      Set.of("xchacha20-ietf-poly1305", "chacha20", "salsa20", "none", "plain");

  /** Hops that tell users apart; the longest chains in use have three. */
  private static final int MOST_KEYS = 8;

  private ShadowsocksLink() {}

  static Shadowsocks read(String rest) throws LinkException {
    String body = LinkText.beforeName(rest);
    if (body.indexOf('@') < 0) {
      return old(body, LinkText.name(rest));
    }
    LinkText link = LinkText.of(rest, 0);
    return server(link, methodAndPassword(link.user()));
  }

  private static Shadowsocks old(String body, String name) throws LinkException {
    int question = body.indexOf('?');
    String coded = question < 0 ? body : body.substring(0, question);
    // Options are no part of this form, and yet there are programs that write them behind it.
    Map<String, String> options = LinkText.options(question < 0 ? "" : body.substring(question));
    String text = LinkText.base64(coded.replaceFirst("/$", ""));
    int at = text == null ? -1 : text.lastIndexOf('@');
    if (text == null || at < 0) {
      throw new LinkException(
          "the link is neither ss://BASE64(METHOD:PASSWORD)@HOST:PORT nor Base64 of"
              + " METHOD:PASSWORD@HOST:PORT");
    }
    LinkText server = LinkText.of(text.substring(at + 1), 0);
    LinkText named = new LinkText("", server.host(), server.port(), name, options);
    return server(named, text.substring(0, at));
  }

  private static String methodAndPassword(String user) throws LinkException {
    String decoded = LinkText.decoded(user, "the user part");
    if (user.indexOf(':') >= 0) {
      return decoded;
    }
    @Nullable String text = LinkText.base64(decoded);
    if (text != null) {
      return text;
    }
    if (decoded.indexOf(':') >= 0) {
      return decoded;
    }
    throw new LinkException("the user part is not METHOD:PASSWORD, plain or in Base64");
  }

  private static Shadowsocks server(LinkText link, String user) throws LinkException {
    int colon = user.indexOf(':');
    if (colon < 0) {
      throw new LinkException("the user part is not METHOD:PASSWORD, plain or in Base64");
    }
    Cipher cipher = cipher(user.substring(0, colon).toLowerCase(Locale.ROOT));
    String password = user.substring(colon + 1);
    if (password.isEmpty()) {
      throw new LinkException("the password is missing");
    }
    if (cipher.is2022()) {
      checkKeys(password, cipher);
    }
    return new Shadowsocks(
        link.name(),
        link.host(),
        link.port(),
        cipher,
        new Secret(password),
        PluginText.disguise(link.option("plugin"), link.host()));
  }

  /** One key, or several, of which the last is the user's (SIP023). */
  private static void checkKeys(String password, Cipher cipher) throws LinkException {
    String[] keys = password.split(":", -1);
    if (keys.length > 1 && cipher == Cipher.BLAKE3_CHACHA20_POLY1305) {
      throw new LinkException("several keys (SIP023) need 2022-blake3-aes-128-gcm or -256-gcm");
    }
    if (keys.length > MOST_KEYS) {
      throw new LinkException("more than " + MOST_KEYS + " keys");
    }
    for (String key : keys) {
      checkKey(key, cipher);
    }
  }

  private static void checkKey(String key, Cipher cipher) throws LinkException {
    try {
      if (Base64.getDecoder().decode(key).length == cipher.keyLength()) {
        return;
      }
    } catch (IllegalArgumentException e) {
      // Told below.
    }
    throw new LinkException(
        "the password of "
            + cipher.text()
            + " must be Base64 of "
            + cipher.keyLength()
            + " bytes: openssl rand -base64 "
            + cipher.keyLength());
  }

  private static Cipher cipher(String method) throws LinkException {
    for (Cipher cipher : Cipher.values()) {
      if (cipher.text().equals(method)
          || (method.equals("chacha20-poly1305") && cipher == Cipher.CHACHA20_IETF_POLY1305)) {
        return cipher;
      }
    }
    throw new LinkException(
        OTHERS.contains(method)
            ? "the cipher `" + method + "` is not spoken yet"
            : "the method is none of aes-128-gcm, aes-256-gcm, chacha20-ietf-poly1305,"
                + " 2022-blake3-aes-128-gcm, 2022-blake3-aes-256-gcm, 2022-blake3-chacha20-poly1305");
  }
}
