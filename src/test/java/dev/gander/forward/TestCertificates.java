package dev.gander.forward;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/** An authority of our own, and what it signs. */
public final class TestCertificates {

  public static final String NAME = "dns.test";

  public final X509Bundle authority;
  public final X509Bundle good;
  public final X509Bundle expired;
  public final X509Bundle otherName;
  public final X509Bundle selfSigned;
  public final Path authorityFile;

  public TestCertificates(Path directory) throws Exception {
    authority =
        builder("CN=gander test authority", -1, 30)
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    good =
        builder("CN=good", -1, 30)
            .addSanDnsName(NAME)
            .addSanDnsName("dot.example")
            .addSanIpAddress("127.0.0.1")
            .buildIssuedBy(authority);
    expired = builder("CN=expired", -30, -10).addSanDnsName(NAME).buildIssuedBy(authority);
    otherName = builder("CN=other", -1, 30).addSanDnsName("other.test").buildIssuedBy(authority);
    selfSigned =
        builder("CN=self", -1, 30)
            .addSanDnsName(NAME)
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    authorityFile = directory.resolve("authority.pem");
    Files.writeString(authorityFile, authority.getCertificatePEM());
  }

  private static CertificateBuilder builder(String subject, int fromDays, int toDays) {
    Instant now = Instant.now();
    return new CertificateBuilder()
        .algorithm(CertificateBuilder.Algorithm.ecp256)
        .subject(subject)
        .notBefore(now.plus(Duration.ofDays(fromDays)))
        .notAfter(now.plus(Duration.ofDays(toDays)));
  }

  static String pin(X509Bundle bundle) throws Exception {
    byte[] key = bundle.getCertificate().getPublicKey().getEncoded();
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(key);
    return "sha256/" + Base64.getEncoder().encodeToString(hash);
  }

  /** Writes chain and key for a server that reads files. */
  public static void write(X509Bundle bundle, Path certificate, Path key) throws IOException {
    Files.writeString(certificate, bundle.getCertificatePathPEM());
    Files.writeString(key, bundle.getPrivateKeyPEM());
  }
}
