package dev.gander.node;

import dev.gander.node.ProxyServer.Tls;
import dev.gander.node.ProxyServer.Vless;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** {@code vless} links. */
final class VlessLink {

  private static final int LONGEST_ALIAS = 30;

  private VlessLink() {}

  static Vless read(String rest) throws LinkException {
    LinkText link = LinkText.of(rest, 443);
    String encryption = link.option("encryption");
    if (!encryption.isEmpty() && !encryption.equals("none")) {
      throw new LinkException("vless with an `encryption` other than none is not spoken yet");
    }
    String flow = link.option("flow");
    if (!flow.isEmpty()) {
      throw new LinkException(
          "vless with `flow="
              + ProxyLinks.shown(flow)
              + "` is not spoken: it needs to see inside of TLS records, which the JDK's TLS does"
              + " not show");
    }
    return new Vless(
        link.name(),
        link.host(),
        link.port(),
        id(link),
        TransportText.of("vless", link),
        tls("vless", link));
  }

  /** What {@code security} says. */
  static Optional<Tls> tls(String protocol, LinkText link) throws LinkException {
    String security = link.option("security");
    return switch (security) {
      case "", "none" -> Optional.empty();
      case "tls" -> Optional.of(ProxyLinks.tls(link));
      case "reality" ->
          throw new LinkException(
              protocol
                  + " with `security=reality` is not spoken: Reality needs a hand in the TLS"
                  + " handshake, which the JDK's TLS does not give");
      default ->
          throw new LinkException(
              protocol + " with `security=" + ProxyLinks.shown(security) + "` is not spoken yet");
    };
  }

  /** A UUID, or a short text that stands for one: version 5 in the namespace of zeros. */
  private static Secret id(LinkText link) throws LinkException {
    String text = LinkText.decoded(link.user(), "the id");
    Optional<Secret> uuid = VmessLink.uuid(text);
    if (uuid.isPresent()) {
      return uuid.get();
    }
    byte[] alias = text.getBytes(StandardCharsets.UTF_8);
    if (alias.length < 1 || alias.length > LONGEST_ALIAS) {
      throw new LinkException("the id is neither a UUID nor a text of 1 to 30 bytes");
    }
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(new byte[16]);
      byte[] bytes = Arrays.copyOf(sha1.digest(alias), 16);
      bytes[6] = (byte) ((bytes[6] & 0x0f) | 0x50);
      bytes[8] = (byte) ((bytes[8] & 0x3f) | 0x80);
      return new Secret(HexFormat.of().formatHex(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-1", e);
    }
  }
}
