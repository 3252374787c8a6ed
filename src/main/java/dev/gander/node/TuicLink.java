package dev.gander.node;

import dev.gander.node.ProxyServer.Congestion;
import dev.gander.node.ProxyServer.Tuic;

/** {@code tuic} links, {@code UUID:PASSWORD} before the host. */
final class TuicLink {

  private TuicLink() {}

  static Tuic read(String rest) throws LinkException {
    LinkText link = LinkText.of(rest, 443);
    String user = link.user();
    int colon = user.indexOf(':') < 0 ? user.indexOf("%3A") : user.indexOf(':');
    int behind = colon < 0 ? 0 : colon + (user.charAt(colon) == ':' ? 1 : 3);
    if (colon < 0) {
      throw new LinkException(
          "tuic wants tuic://UUID:PASSWORD@HOST:PORT, which is its version 5; version 4 is not"
              + " spoken");
    }
    String password = LinkText.decoded(user.substring(behind), "the password");
    String mode = link.option("udp_relay_mode", "udp-relay-mode");
    if (!mode.matches("(native|quic)?")) {
      throw new LinkException("`udp_relay_mode` is neither native nor quic");
    }
    return new Tuic(
        link.name(),
        link.host(),
        link.port(),
        VmessLink.uuid(LinkText.decoded(user.substring(0, colon), "the id"))
            .orElseThrow(() -> new LinkException("the id of tuic is not a UUID")),
        new Secret(password),
        congestion(link.option("congestion_control", "congestion-controller")),
        mode.equals("quic"),
        !link.option("disable_sni").equals("1"),
        ProxyLinks.tls(link));
  }

  private static Congestion congestion(String text) throws LinkException {
    return switch (text) {
      case "", "cubic" -> Congestion.CUBIC;
      case "new_reno", "newreno", "reno" -> Congestion.RENO;
      case "bbr" -> Congestion.BBR;
      default -> throw new LinkException("`congestion_control` is none of cubic, new_reno, bbr");
    };
  }
}
