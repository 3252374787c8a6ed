package dev.gander.tls;

import dev.gander.config.TlsSettings;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a server is the one the configuration means: by its chain and name, or by its key
 * (RFC 7858 section 4.2), or both. Checks the name itself, so that it serves TLS engines that do
 * not. Any thread.
 */
final class ServerTrust extends X509ExtendedTrustManager {

  private final TlsSettings settings;
  private final X509TrustManager chains;
  private volatile @Nullable UntrustedException refusal;

  /**
   * @param chains knows the authorities to trust
   */
  ServerTrust(TlsSettings settings, X509TrustManager chains) {
    this.settings = settings;
    this.chains = chains;
  }

  /** Why the last certificate was refused; null once one was accepted. */
  @Nullable UntrustedException refusal() {
    return refusal;
  }

  private void check(X509Certificate[] chain, String authType) throws UntrustedException {
    refusal = null;
    try {
      decide(chain, authType);
    } catch (UntrustedException e) {
      refusal = e;
      throw e;
    }
  }

  private void decide(X509Certificate[] chain, String authType) throws UntrustedException {
    if (settings.fingerprint().isPresent()
        && !settings.fingerprint().get().equals(fingerprintOf(chain[0]))) {
      throw refused(chain[0], "its fingerprint is " + fingerprintOf(chain[0]));
    }
    if (!settings.verify()) {
      return;
    }
    boolean leafPinned = settings.pins().contains(pinOf(chain[0]));
    if (leafPinned && !settings.chain()) {
      return;
    }
    try {
      chains.checkServerTrusted(chain, authType);
    } catch (CertificateException e) {
      boolean onlyPins = !settings.pins().isEmpty() && !settings.chain();
      throw onlyPins ? notPinned(chain[0]) : refused(chain[0], reason(chain[0], e));
    }
    if (!HostNames.fits(chain[0], settings.name())) {
      throw refused(chain[0], "it is for " + shown(HostNames.all(chain[0])));
    }
    if (!settings.pins().isEmpty() && !leafPinned && !anyPinned(chain)) {
      throw notPinned(chain[0]);
    }
  }

  private boolean anyPinned(X509Certificate[] chain) {
    for (X509Certificate certificate : chain) {
      if (settings.pins().contains(pinOf(certificate))) {
        return true;
      }
    }
    return false;
  }

  private UntrustedException notPinned(X509Certificate leaf) {
    return refused(leaf, "no pin fits its key, sha256/" + pinOf(leaf));
  }

  /** The reason last: it may hold long names, and a client that takes little sees the rest. */
  private UntrustedException refused(X509Certificate leaf, String reason) {
    return new UntrustedException(
        "the certificate of "
            + settings.name()
            + ", valid "
            + day(leaf.getNotBefore())
            + " to "
            + day(leaf.getNotAfter())
            + ", is refused: "
            + reason);
  }

  private static String day(Date date) {
    return LocalDate.ofInstant(date.toInstant(), ZoneOffset.UTC).toString();
  }

  private static String shown(List<String> names) {
    return names.isEmpty()
        ? "no name at all"
        : String.join(", ", names.subList(0, Math.min(3, names.size())));
  }

  private static String reason(X509Certificate leaf, CertificateException failure) {
    try {
      leaf.checkValidity();
    } catch (CertificateExpiredException e) {
      return "it has expired";
    } catch (CertificateNotYetValidException e) {
      return "it is not valid yet";
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertPathValidatorException path
          && path.getReason() == CertPathValidatorException.BasicReason.EXPIRED) {
        return "an authority's certificate in its chain has expired";
      }
    }
    boolean selfSigned = leaf.getSubjectX500Principal().equals(leaf.getIssuerX500Principal());
    return selfSigned
        ? "it is signed by itself and not trusted"
        : "no trusted authority vouches for it";
  }

  /** SHA-256 of the whole certificate in hexadecimal digits. */
  private static String fingerprintOf(X509Certificate certificate) {
    try {
      return HexFormat.of().formatHex(sha256(certificate.getEncoded()));
    } catch (CertificateEncodingException e) {
      return "unknown";
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** The pin of a certificate's key: SHA-256 in Base64. */
  static String pinOf(X509Certificate certificate) {
    return Base64.getEncoder().encodeToString(sha256(certificate.getPublicKey().getEncoded()));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("this is for servers only");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return chains.getAcceptedIssuers();
  }
}
