package dev.gander.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.config.DnsSettings.Upstream.Scheme;
import dev.gander.forward.EncryptedServer;
import dev.gander.forward.TestCertificates;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QueryEncryptedTest {

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TLS", "HTTPS", "H3", "QUIC"})
  void showsTheAnswerTheCertificateAndTheStages(Scheme scheme) throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    try (EncryptedServer server =
        new EncryptedServer(scheme, certificates.good, EncryptedServer.Manner.ANSWER, 0)) {
      String url =
          "@" + scheme.name().toLowerCase(Locale.ROOT) + "://127.0.0.1:" + server.port() + "?ca=";
      Commands.Result good =
          Commands.run("query", "www.test", url + certificates.authorityFile + "&sni=dns.test");
      assertThat(good.status()).as(good.err()).isZero();
      assertThat(good.out())
          .contains("certificate: CN=good", "pin=sha256/", "resolve ", "handshake ", "TLSv1.3");
      Commands.Result bad =
          Commands.run("query", "www.test", url + certificates.authorityFile + "&sni=no.test");
      assertThat(bad.status()).isEqualTo(3);
      assertThat(bad.err())
          .contains("the certificate of no.test, valid 20", ", is refused: it is for dns.test");
    }
  }

  @Test
  void anOptionThatIsNoneIsWrongUsage() {
    Commands.Result wrong = Commands.run("query", "www.test", "@tls://127.0.0.1?vrify=none");
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err()).contains("`vrify`", "did you mean `verify`?");
  }
}
