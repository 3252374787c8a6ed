package dev.gander.node;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes share links, so that what other programs' formats describe is read by the one reader each
 * protocol has. The keys are those of links: {@code sni}, {@code type}, {@code path} …
 */
final class ShareLink {

  private final String scheme;
  private final String name;
  private final String user;
  private final String host;
  private final String port;
  private final Map<String, String> options = new LinkedHashMap<>();

  /**
   * @param user percent-encoded as its protocol wants it
   */
  ShareLink(String scheme, String name, String user, String host, String port) {
    this.scheme = scheme;
    this.name = name;
    this.user = user;
    this.host = host;
    this.port = port;
  }

  /** Adds an option that says something. */
  ShareLink with(String key, String value) {
    if (!value.isEmpty()) {
      options.put(key, value);
    }
    return this;
  }

  ShareLink when(boolean said, String key, String value) {
    return said ? with(key, value) : this;
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** {@code SCHEME://USER@HOST:PORT?KEY=VALUE#NAME}. */
  String text() {
    StringBuilder text = new StringBuilder(scheme).append("://");
    if (!user.isEmpty()) {
      text.append(user).append('@');
    }
    boolean bareIpv6 = host.indexOf(':') >= 0 && !host.startsWith("[");
    text.append(bareIpv6 ? "[" + host + "]" : host).append(':').append(port);
    char separator = '?';
    for (Map.Entry<String, String> option : options.entrySet()) {
      text.append(separator).append(option.getKey()).append('=');
      text.append(encoded(option.getValue()));
      separator = '&';
    }
    return text.append('#').append(encoded(name)).toString();
  }

  /** As v2rayN writes {@code vmess}; the user is the identity. */
  String vmess() {
    Map<String, String> said = new LinkedHashMap<>();
    said.put("v", "2");
    said.put("ps", name);
    said.put("add", host);
    said.put("port", port);
    said.put("id", user);
    said.put("aid", options.getOrDefault("aid", "0"));
    said.put("scy", options.getOrDefault("scy", "auto"));
    said.put("net", options.getOrDefault("type", "tcp"));
    said.put("type", options.getOrDefault("headerType", "none"));
    said.put("host", options.getOrDefault("host", ""));
    said.put("path", options.getOrDefault("serviceName", options.getOrDefault("path", "")));
    said.put("tls", options.getOrDefault("security", ""));
    said.put("sni", options.getOrDefault("sni", ""));
    said.put("alpn", options.getOrDefault("alpn", ""));
    said.put("fp", options.getOrDefault("fp", ""));
    said.put("allowInsecure", options.getOrDefault("allowInsecure", ""));
    StringBuilder json = new StringBuilder();
    said.forEach((key, value) -> {
      json.append(json.isEmpty() ? "{" : ",");
      quote(json, key);
      json.append(':');
      quote(json, value);
    });
    byte[] bytes = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    return "vmess://" + Base64.getEncoder().encodeToString(bytes);
  }

  private static void quote(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < 0x20) {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }
}
