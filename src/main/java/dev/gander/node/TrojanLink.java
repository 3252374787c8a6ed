package dev.gander.node;

import dev.gander.node.ProxyServer.Transport;
import dev.gander.node.ProxyServer.Trojan;

/** {@code trojan} links, and those of trojan-go, which differ in their options. */
final class TrojanLink {

  private TrojanLink() {}

  static Trojan read(String rest) throws LinkException {
    LinkText link = LinkText.of(rest, 443);
    String security = link.option("security");
    if (!security.isEmpty() && !security.equals("tls")) {
      throw new LinkException(
          "trojan with `security=" + ProxyLinks.shown(security) + "` is not spoken yet");
    }
    if (!link.option("flow").isEmpty()) {
      throw new LinkException(
          "trojan with `flow=" + ProxyLinks.shown(link.option("flow")) + "` is not spoken yet");
    }
    return server(link, "trojan", TransportText.of("trojan", link));
  }

  /** Its {@code encryption} is a layer of its own inside of WebSocket. */
  static Trojan readGo(String rest) throws LinkException {
    LinkText link = LinkText.of(rest, 443);
    String encryption = link.option("encryption");
    if (!encryption.isEmpty() && !encryption.equals("none")) {
      String method = encryption.replaceFirst(";.*", "");
      throw new LinkException(
          "trojan-go with `encryption=" + ProxyLinks.shown(method) + "` is not spoken yet");
    }
    if (!link.option("plugin").isEmpty()) {
      throw new LinkException("trojan-go with a plugin is not spoken yet");
    }
    return server(link, "trojan-go", TransportText.of("trojan-go", link));
  }

  private static Trojan server(LinkText link, String scheme, Transport transport)
      throws LinkException {
    return new Trojan(
        link.name(),
        link.host(),
        link.port(),
        ProxyLinks.password(link, scheme),
        transport,
        ProxyLinks.tls(link));
  }
}
