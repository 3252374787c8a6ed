package dev.gander.node;

import dev.gander.node.ProxyServer.Transport;

/** Transports under the words that links have for them. */
final class TransportText {

  private static final int LONGEST = 1_024;

  private TransportText() {}

  /**
   * Of a link with query options: {@code type}, {@code path}, {@code host}, {@code serviceName}.
   */
  static Transport of(String protocol, LinkText link) throws LinkException {
    String type = link.option("type");
    String disguise = link.option("headerType");
    if (!disguise.isEmpty() && !disguise.equals("none")) {
      throw new LinkException(
          protocol + " disguised as `" + ProxyLinks.shown(disguise) + "` is not spoken yet");
    }
    return of(
        protocol + " over `type=" + ProxyLinks.shown(type) + "`",
        type,
        link.option("path"),
        link.option("host"),
        link.option("serviceName"),
        link.option("authority"));
  }

  /**
   * @param what protocol and type, for messages
   */
  static Transport of(
      String what, String type, String path, String host, String service, String authority)
      throws LinkException {
    return switch (type) {
      case "", "tcp", "raw", "original" -> new Transport.Tcp();
      case "ws" -> webSocket(path, host);
      case "httpupgrade" -> new Transport.HttpUpgrade(path(path), host(host));
      case "grpc" -> new Transport.Grpc(service(service), host(authority));
      default -> throw new LinkException(what + " is not spoken yet");
    };
  }

  static Transport.WebSocket webSocket(String path, String host) throws LinkException {
    return new Transport.WebSocket(path(path), host(host));
  }

  /** {@code ed=} offers bytes along with the request, which no server insists on. */
  private static String path(String text) throws LinkException {
    String path = text.startsWith("/") ? text : "/" + text;
    if (path.length() > LONGEST || !path.matches("[!-~]+") || path.indexOf('#') >= 0) {
      throw new LinkException("the path has characters that no request can have, or too many");
    }
    return path.replaceFirst("\\?ed=[0-9]+&", "?").replaceFirst("[?&]ed=[0-9]+(?=&|$)", "");
  }

  private static String host(String text) throws LinkException {
    if (text.length() > LONGEST || !text.matches("[A-Za-z0-9._:\\[\\]-]*")) {
      throw new LinkException("`host` is neither a name nor an address");
    }
    return text;
  }

  private static String service(String text) throws LinkException {
    if (text.length() > LONGEST || !text.matches("[A-Za-z0-9._~-]+")) {
      throw new LinkException(
          "the service's name of gRPC is missing or has characters other than letters, digits and"
              + " . _ ~ -");
    }
    return text;
  }
}
