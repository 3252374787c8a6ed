package dev.gander.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A certificate and the key it is for, read from PEM files.
 *
 * @param chain the leaf first
 * @param stamp of the files when they were read, as {@link #stampOf} makes it
 */
public record PemPair(List<X509Certificate> chain, PrivateKey key, String stamp) {

  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private static final int DNS_NAME = 2;

  /**
   * Reads both and sees that they belong together.
   *
   * @param certificate the leaf, then its chain
   * @param key PKCS #8, not encrypted; may be the same file
   * @throws IOException with what is wrong and its remedy
   */
  public static PemPair read(Path certificate, Path key) throws IOException {
    String stamp = stampOf(certificate, key);
    List<X509Certificate> chain = chain(certificate);
    PrivateKey secret = key(key);
    if (!fits(chain.getFirst(), secret)) {
      throw new IOException(key + " is not the key of the certificate in " + certificate);
    }
    return new PemPair(chain, secret, stamp);
  }

  /** Another one means that the files have changed. */
  public static String stampOf(Path certificate, Path key) {
    return stampOf(certificate) + stampOf(key);
  }

  private static String stampOf(Path file) {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      // The file itself, too: a link may switch between files of one age and size.
      return now.lastModifiedTime() + " " + now.size() + " " + now.fileKey() + ";";
    } catch (IOException e) {
      return "unreadable;";
    }
  }

  private static List<X509Certificate> chain(Path file) throws IOException {
    List<X509Certificate> chain = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        chain.add((X509Certificate) each);
      }
    } catch (CertificateException e) {
      throw new IOException(file + " holds no certificate in PEM: " + e.getMessage(), e);
    }
    if (chain.isEmpty()) {
      throw new IOException(file + " holds no certificate in PEM");
    }
    return List.copyOf(chain);
  }

  private static PrivateKey key(Path file) throws IOException {
    Matcher pem = PKCS8.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (pem.find()) {
      byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
      for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
        Optional<PrivateKey> key = key(algorithm, der);
        if (key.isPresent()) {
          return key.get();
        }
      }
    }
    throw new IOException(
        file
            + " holds no unencrypted PKCS #8 key (BEGIN PRIVATE KEY);"
            + " openssl pkcs8 -topk8 -nodes makes one");
  }

  /** Empty if it is of another kind. */
  private static Optional<PrivateKey> key(String algorithm, byte[] der) {
    try {
      return Optional.of(
          KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der)));
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  private static boolean fits(X509Certificate certificate, PrivateKey key) {
    String scheme =
        switch (key.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> "EdDSA";
        };
    try {
      byte[] something = {1, 2, 3};
      Signature signature = Signature.getInstance(scheme);
      signature.initSign(key);
      signature.update(something);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(something);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false; // keys of two kinds
    }
  }

  /** The DNS names it is for, without wildcards. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> all = chain.getFirst().getSubjectAlternativeNames();
      for (List<?> each : all == null ? List.<List<?>>of() : all) {
        if (each.getFirst().equals(DNS_NAME) && each.get(1) instanceof String name) {
          names.add(name);
        }
      }
    } catch (CertificateParsingException e) {
      return List.of();
    }
    names.removeIf(name -> name.startsWith("*"));
    return names;
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "PemPair[" + chain.getFirst().getSubjectX500Principal() + "]";
  }
}
