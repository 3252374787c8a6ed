package dev.gander.config;

import dev.gander.config.DnsSettings.Upstream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How an upstream proves who it is, and gander to it.
 *
 * @param asked what is asked for in the handshake: a name, or a literal address, which is not sent;
 *     {@code sni=} or the URL's host
 * @param name what its certificate must be for: the same, but of a server that another designates
 *     (RFC 9462 section 4.2) the other's address
 * @param verify whether anything is checked at all; false for {@code verify=none}
 * @param chain whether the chain and the name must hold even where a pin fits ({@code
 *     verify=system} or {@code ca=} beside {@code pin=})
 * @param pins SHA-256 of public keys in Base64, any of which must fit; empty: none need
 * @param fingerprint SHA-256 of its certificate in hexadecimal digits, which must fit whatever else
 *     is checked
 * @param ca PEM certificates to trust in place of the JDK's
 * @param clientCertificate PEM chain to show, with {@code clientKey}
 * @param clientKey PKCS #8 in PEM
 */
public record TlsSettings(
    String asked,
    String name,
    boolean verify,
    boolean chain,
    List<String> pins,
    Optional<String> fingerprint,
    Optional<Path> ca,
    Optional<Path> clientCertificate,
    Optional<Path> clientKey) {

  /**
   * For a server that is no upstream: chain and name count, and nothing is shown.
   *
   * @param ca PEM certificates to trust in place of the JDK's
   */
  public static TlsSettings ofServer(String name, boolean verify, Optional<Path> ca) {
    return new TlsSettings(
        name,
        name,
        verify,
        true,
        List.of(),
        Optional.empty(),
        ca,
        Optional.empty(),
        Optional.empty());
  }

  /** The same, and the certificate must have this fingerprint, if there is one. */
  public TlsSettings withFingerprint(Optional<String> other) {
    return new TlsSettings(
        asked, name, verify, chain, pins, other, ca, clientCertificate, clientKey);
  }

  /** What the options of an upstream say. */
  public static TlsSettings of(Upstream upstream) {
    Optional<String> verify = upstream.option("verify");
    Optional<Path> ca = upstream.option("ca").map(Path::of);
    List<String> pins = upstream.options().getOrDefault("pin", List.of());
    String asked = upstream.option("sni").orElse(upstream.host());
    return new TlsSettings(
        asked,
        upstream.designator().orElse(asked),
        !verify.equals(Optional.of("none")),
        pins.isEmpty() || ca.isPresent() || verify.isPresent(),
        pins,
        Optional.empty(),
        ca,
        upstream.option("client_cert").map(Path::of),
        upstream.option("client_key").map(Path::of));
  }
}
