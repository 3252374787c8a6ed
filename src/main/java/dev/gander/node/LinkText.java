package dev.gander.node;

import java.net.IDN;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The parts of {@code USER@HOST:PORT/?KEY=VALUE#NAME}. People write links by hand and programs
 * write them wrong: a user part may hold what belongs percent-encoded, so it ends at the last
 * {@code @}.
 *
 * @param user as written; it may be encoded in ways that only its protocol knows
 * @param name decoded
 * @param options decoded, the last of each key
 */
record LinkText(String user, String host, int port, String name, Map<String, String> options) {

  private static final int LONGEST_HOST = 253;

  /** The server and its port, what may follow, and the {@code #} of the name. */
  private static final Pattern NAMED = Pattern.compile("@[^@/?#]*:[0-9,-]+(?:[/?][^#]*)?#");

  /**
   * Takes apart what follows {@code ://}.
   *
   * @param defaultPort where none is written; 0: one must be
   */
  static LinkText of(String rest, int defaultPort) throws LinkException {
    return of(rest, defaultPort, false);
  }

  /**
   * As {@link #of}, where the port may be several, {@code 443,5000-6000}: then all of them are the
   * option {@code mport}, and the first is the port.
   */
  static LinkText withPorts(String rest, int defaultPort) throws LinkException {
    return of(rest, defaultPort, true);
  }

  private static LinkText of(String rest, int defaultPort, boolean several) throws LinkException {
    String text = beforeName(rest);
    String before = beforeOptions(text);
    Map<String, String> options = options(text.substring(before.length()));
    int at = before.lastIndexOf('@');
    String user = at < 0 ? "" : before.substring(0, at);
    String server = before.substring(at + 1);
    int path = server.indexOf('/');
    server = path < 0 ? server : server.substring(0, path);
    int colon = portColon(server);
    String host = colon < 0 ? server : server.substring(0, colon);
    String ports = server.substring(colon + 1);
    if (several && colon >= 0 && ports.matches("[0-9]+([,-][0-9]+)+")) {
      options.put("mport", ports);
      ports = ports.replaceFirst("[,-].*", "");
    }
    int port = colon < 0 ? defaultPort : port(ports);
    if (port == 0) {
      throw new LinkException("the port is missing");
    }
    return new LinkText(user, host(host), port, name(rest), options);
  }

  /** Names, too, hold it; and so may what stands before the server. */
  private static int hash(String rest) {
    Matcher named = NAMED.matcher(rest);
    return named.find() ? named.end() - 1 : rest.lastIndexOf('#');
  }

  /** What stands before the name. */
  static String beforeName(String rest) {
    int hash = hash(rest);
    return hash < 0 ? rest : rest.substring(0, hash);
  }

  /** The name. */
  static String name(String rest) {
    int hash = hash(rest);
    String name = hash < 0 ? "" : rest.substring(hash + 1);
    try {
      return decoded(name, "the name");
    } catch (LinkException e) {
      return name;
    }
  }

  private static String beforeOptions(String text) {
    int question = text.indexOf('?', text.lastIndexOf('@') + 1);
    return question < 0 ? text : text.substring(0, question);
  }

  /** Of {@code ?KEY=VALUE&…}, or of nothing. */
  static Map<String, String> options(String query) throws LinkException {
    Map<String, String> options = new LinkedHashMap<>();
    for (String pair : query.isEmpty() ? new String[0] : query.substring(1).split("&", -1)) {
      int equals = pair.indexOf('=');
      String key = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      options.put(decoded(key, "an option"), decoded(value, "an option"));
    }
    return options;
  }

  /** The value of the first of these keys that says something; empty if none does. */
  String option(String... keys) {
    for (String key : keys) {
      String value = options.getOrDefault(key, "");
      if (!value.isEmpty()) {
        return value;
      }
    }
    return "";
  }

  private static int portColon(String server) {
    int colon = server.lastIndexOf(':');
    return colon > server.lastIndexOf(']') ? colon : -1;
  }

  /** A port in decimal. */
  static int port(String text) throws LinkException {
    if (!text.matches("[0-9]{1,5}")) {
      throw new LinkException("the port is not a number from 1 to 65535");
    }
    int port = Integer.parseInt(text);
    if (port < 1 || port > 65_535) {
      throw new LinkException("the port is not a number from 1 to 65535");
    }
    return port;
  }

  /** A host, without the brackets of an IPv6 address. */
  static String host(String text) throws LinkException {
    if (text.isEmpty()) {
      throw new LinkException("the host is missing");
    }
    if (text.startsWith("[") && text.endsWith("]")) {
      return ipv6(text.substring(1, text.length() - 1));
    }
    if (text.indexOf(':') >= 0) {
      throw new LinkException("the host has a colon: write an IPv6 address as [2001:db8::1]");
    }
    String name;
    try {
      name = IDN.toASCII(decoded(text, "the host"), IDN.ALLOW_UNASSIGNED);
    } catch (IllegalArgumentException e) {
      throw new LinkException("the host is no name");
    }
    if (name.length() > LONGEST_HOST || !name.matches("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.?")) {
      throw new LinkException("the host is neither a name nor an address");
    }
    return name;
  }

  private static String ipv6(String text) throws LinkException {
    try {
      if (text.matches("[0-9A-Fa-f:.]+")) {
        return InetAddress.ofLiteral(text).getHostAddress();
      }
    } catch (IllegalArgumentException e) {
      // Told below, like all else that is no address.
    }
    throw new LinkException("the host in brackets is no IPv6 address");
  }

  /**
   * Percent-encoding undone; a plus stays a plus.
   *
   * @param what the part, for the message
   */
  static String decoded(String text, String what) throws LinkException {
    try {
      String decoded = URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
      if (decoded.indexOf('\ufffd') < 0 || text.indexOf('\ufffd') >= 0) {
        return decoded;
      }
    } catch (IllegalArgumentException e) {
      // Told below.
    }
    throw new LinkException(what + " is not percent-encoded as it should be");
  }

  /** Base64 of text, in either alphabet, with or without padding; null if it is not. */
  static @Nullable String base64(String text) {
    String plain = text.replace('-', '+').replace('_', '/').replaceAll("=+$", "");
    try {
      byte[] bytes = Base64.getDecoder().decode(plain);
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      return null;
    }
  }

  /** Nothing that a link says in secret. */
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
