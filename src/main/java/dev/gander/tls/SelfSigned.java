package dev.gander.tls;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A certificate that vouches for itself, P-256, made by the JDK's keytool: the JDK has no public
 * class that makes one.
 */
public final class SelfSigned {

  private static final String ALIAS = "gander";
  private static final Pattern NAME =
      Pattern.compile("(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");

  private final X509Certificate certificate;
  private final Key key;

  private SelfSigned(X509Certificate certificate, Key key) {
    this.certificate = certificate;
    this.key = key;
  }

  /**
   * Makes one.
   *
   * @param names DNS names it is for
   * @param addresses literal addresses it is for
   * @throws IllegalArgumentException for what is no name or address
   * @throws IOException if keytool fails
   */
  public static SelfSigned make(List<String> names, List<String> addresses, Duration valid)
      throws IOException {
    List<String> subjects = new ArrayList<>();
    for (String name : names) {
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException("`" + name + "` is no name");
      }
      subjects.add("dns:" + name);
    }
    for (String address : addresses) {
      try {
        subjects.add("ip:" + InetAddress.ofLiteral(address).getHostAddress());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("`" + address + "` is no address", e);
      }
    }
    String subject = names.isEmpty() ? addresses.getFirst() : names.getFirst();
    Path folder = Files.createTempDirectory("gander-cert");
    Path store = folder.resolve("store.p12");
    try {
      return read(store, keytool(store, subject, subjects, valid.toDays()));
    } finally {
      Files.deleteIfExists(store);
      Files.delete(folder);
    }
  }

  /** The password of the store. */
  private static String keytool(Path store, String subject, List<String> subjects, long days)
      throws IOException {
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + subject,
                "-ext",
                "san=" + String.join(",", subjects),
                "-validity",
                String.valueOf(days),
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass:env",
                "GANDER_STORE")
            .redirectErrorStream(true);
    builder.environment().put("GANDER_STORE", password);
    Process process = builder.start();
    process.getOutputStream().close();
    String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException("keytool failed: " + words.trim());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return password;
  }

  private static SelfSigned read(Path file, String password) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, password.toCharArray());
      return new SelfSigned(
          (X509Certificate) store.getCertificate(ALIAS),
          store.getKey(ALIAS, password.toCharArray()));
    } catch (GeneralSecurityException e) {
      throw new IOException("keytool's store cannot be read: " + e.getMessage(), e);
    }
  }

  /** Writes both in PEM; nobody but the owner may read the key. */
  public void write(Path certificateFile, Path keyFile) throws IOException {
    try {
      Path secret = Path.of(keyFile + ".new");
      Files.deleteIfExists(secret);
      Files.createFile(
          secret,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(secret, pem("PRIVATE KEY", key.getEncoded()));
      Files.writeString(certificateFile, pem("CERTIFICATE", certificate.getEncoded()));
      Files.move(secret, keyFile, StandardCopyOption.REPLACE_EXISTING);
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificate cannot be written: " + e.getMessage(), e);
    }
  }

  private static String pem(String what, byte[] der) {
    String text =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
  }

  /** When its time ends. */
  public Instant end() {
    return certificate.getNotAfter().toInstant();
  }

  /** For clients' {@code pin=}, {@code sha256/…}. */
  public String pin() {
    return ClientTls.pin(certificate);
  }
}
