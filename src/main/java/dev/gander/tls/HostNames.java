package dev.gander.tls;

import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Whether a certificate is for a host: RFC 9525, by its subjectAltName only. */
final class HostNames {

  private static final int DNS = 2;
  private static final int IP = 7;

  private HostNames() {}

  /**
   * @param host a name without a dot at its end, or a literal address
   */
  static boolean fits(X509Certificate certificate, String host) {
    boolean literal = isLiteral(host);
    for (String name : names(certificate, literal ? IP : DNS)) {
      if (literal ? sameAddress(name, host) : matches(name, host)) {
        return true;
      }
    }
    return false;
  }

  /** All names and addresses it is for, to be shown. */
  static List<String> all(X509Certificate certificate) {
    List<String> all = new ArrayList<>(names(certificate, DNS));
    all.addAll(names(certificate, IP));
    return all;
  }

  static boolean isLiteral(String host) {
    try {
      InetAddress _ = InetAddress.ofLiteral(host);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static List<String> names(X509Certificate certificate, int kind) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> alternative : alternatives) {
          if (Integer.valueOf(kind).equals(alternative.get(0))) {
            names.add(String.valueOf(alternative.get(1)));
          }
        }
      }
    } catch (CertificateParsingException e) {
      // A certificate that cannot be read is for nobody.
      return List.of();
    }
    return names;
  }

  private static boolean sameAddress(String name, String host) {
    return isLiteral(name) && InetAddress.ofLiteral(name).equals(InetAddress.ofLiteral(host));
  }

  /** An asterisk stands for the whole left-most label, and for one label only. */
  private static boolean matches(String pattern, String host) {
    String lower = pattern.toLowerCase(Locale.ROOT);
    String wanted = host.toLowerCase(Locale.ROOT);
    if (!lower.startsWith("*.")) {
      return lower.equals(wanted);
    }
    int dot = wanted.indexOf('.');
    return dot > 0 && lower.indexOf('.', 2) > 0 && lower.substring(1).equals(wanted.substring(dot));
  }
}
