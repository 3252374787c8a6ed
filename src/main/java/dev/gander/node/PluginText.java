package dev.gander.node;

import dev.gander.node.ProxyServer.Disguise;
import dev.gander.node.ProxyServer.Tls;
import dev.gander.node.ProxyServer.Transport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Plugins of Shadowsocks as links write them: {@code NAME;KEY=VALUE;KEY}, where a backslash takes
 * the meaning off the character behind it (SIP003).
 */
final class PluginText {

  /** Whom v2ray-plugin claims to speak with where nothing is said. */
  private static final String USUAL_HOST = "cloudfront.com";

  private final String name;
  private final Map<String, String> options = new HashMap<>();

  private PluginText(String text) {
    StringBuilder word = new StringBuilder();
    String key = null;
    String first = null;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : ';';
      if (c == '\\' && i + 1 < text.length()) {
        word.append(text.charAt(++i));
      } else if (c == '=' && key == null && first != null) {
        key = word.toString();
        word.setLength(0);
      } else if (c == ';') {
        if (first == null) {
          first = word.toString();
        } else {
          options.put(key == null ? word.toString() : key, key == null ? "" : word.toString());
        }
        key = null;
        word.setLength(0);
      } else {
        word.append(c);
      }
    }
    name = first == null ? "" : first;
  }

  /**
   * What it makes of a stream.
   *
   * @param server the host of the link
   */
  static Disguise disguise(String plugin, String server) throws LinkException {
    PluginText said = new PluginText(plugin);
    return switch (said.name) {
      case "" -> new Disguise.None();
      case "obfs-local", "simple-obfs" -> said.obfs(server);
      case "v2ray-plugin" -> said.v2ray();
      default ->
          throw new LinkException(
              "the plugin `" + ProxyLinks.shown(said.name) + "` of ss is not spoken yet");
    };
  }

  private String option(String key, String usual) {
    String value = options.getOrDefault(key, "");
    return value.isEmpty() ? usual : value;
  }

  private Disguise obfs(String server) throws LinkException {
    String host = LinkText.host(option("obfs-host", server));
    return switch (option("obfs", "")) {
      case "http" -> new Disguise.HttpRequest(host);
      case "tls" -> new Disguise.TlsSession(host);
      default -> throw new LinkException("the obfs of ss is neither http nor tls");
    };
  }

  private Disguise v2ray() throws LinkException {
    String mode = option("mode", "websocket");
    if (!mode.equals("websocket")) {
      throw new LinkException(
          "v2ray-plugin in mode `" + ProxyLinks.shown(mode) + "` is not spoken yet");
    }
    String host = option("host", USUAL_HOST);
    String mux = option("mux", "1");
    if (!mux.matches("[0-9]{1,4}")) {
      throw new LinkException("the mux of v2ray-plugin is no number");
    }
    Optional<Tls> tls =
        options.containsKey("tls")
            ? Optional.of(new Tls(LinkText.host(host), true, List.of(), ""))
            : Optional.empty();
    Transport.WebSocket transport = TransportText.webSocket(option("path", "/"), host);
    return new Disguise.WebSocket(transport, tls, Integer.parseInt(mux) > 0);
  }
}
