package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.config.DnsSettings.Upstream.Scheme;
import dev.gander.forward.EncryptedServer.Manner;
import dev.gander.observe.Counter;
import io.netty.pkitesting.X509Bundle;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An {@code https://} upstream that offers HTTP/3 by Alt-Svc (RFC 7838). */
@Timeout(120)
class LiftedHttpTest {

  @TempDir Path directory;

  private EncryptedClient client;
  private TestCertificates certificates;
  private int asked;

  @BeforeEach
  void start() {
    EncryptedClient made = new EncryptedClient(directory);
    client = made.still();
    certificates = client.certificates;
    made.close();
  }

  @AfterEach
  void stop() {
    client.close();
  }

  @Test
  void isAskedOverHttp3FromThenOn() throws Exception {
    try (EncryptedServer http2 = server(Scheme.HTTPS, certificates.good);
        EncryptedServer http3 = server(Scheme.H3, certificates.good);
        ConfiguredUpstreams upstreams = upstreams(http2.port(), "")) {
      http2.altSvc = offer(http3.port());
      askUntilOver(http3, upstreams);
      int before = http3.questions.get();
      for (int i = 0; i < 10; i++) {
        ask(upstreams);
      }
      assertThat(http3.questions).hasValue(before + 10);
      assertThat(http3.altUsed).isEqualTo("127.0.0.1:" + http3.port());
      assertThat(http2.connections).hasValue(1);
      assertThat(http3.connections).hasValue(1);
    }
  }

  @Test
  void goesOnOverHttp2WhenHttp3IsGone() throws Exception {
    try (EncryptedServer http2 = server(Scheme.HTTPS, certificates.good);
        ConfiguredUpstreams upstreams = upstreams(http2.port(), "")) {
      EncryptedServer http3 = server(Scheme.H3, certificates.good);
      http2.altSvc = offer(http3.port());
      askUntilOver(http3, upstreams);
      http3.close();
      http2.cutAll();
      for (int i = 0; i < 10; i++) {
        ask(upstreams);
      }
    }
  }

  @Test
  void staysOverHttp2WhereNobodyAnswersTheOffer() throws Exception {
    try (EncryptedServer http2 = server(Scheme.HTTPS, certificates.good);
        DatagramSocket silent = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"));
        ConfiguredUpstreams upstreams = upstreams(http2.port(), "")) {
      http2.altSvc = offer(silent.getLocalPort());
      askUntilTried(upstreams);
      for (int i = 0; i < 10; i++) {
        ask(upstreams);
      }
      assertThat(http2.questions).hasValue(asked);
      assertThat(http2.connections).hasValue(1);
    }
  }

  @Test
  void anOfferWithTheCertificateOfAnotherIsNotTaken() throws Exception {
    try (EncryptedServer http2 = server(Scheme.HTTPS, certificates.good);
        EncryptedServer http3 = server(Scheme.H3, certificates.otherName);
        ConfiguredUpstreams upstreams = upstreams(http2.port(), "")) {
      http2.altSvc = offer(http3.port());
      askUntilTried(upstreams);
      Eventually.holds(() -> http3.connections.get() > 0);
      http2.cutAll();
      for (int i = 0; i < 10; i++) {
        ask(upstreams);
      }
      assertThat(http2.questions).hasValue(asked);
      assertThat(http3.questions).hasValue(0);
    }
  }

  @Test
  void isAskedOverHttp2WhereTheOfferedServerIsNotTheHosts() throws Exception {
    try (EncryptedServer http2 = server(Scheme.HTTPS, certificates.good);
        EncryptedServer http3 = server(Scheme.H3, certificates.good);
        ConfiguredUpstreams upstreams = upstreams(http2.port(), "")) {
      http3.manner = Manner.MISDIRECTED;
      http2.altSvc = offer(http3.port());
      askUntilOver(http3, upstreams);
      for (int i = 0; i < 10; i++) {
        ask(upstreams);
      }
      assertThat(http2.questions).hasValue(asked);
      assertThat(http3.questions).hasValue(1);
      assertThat(http3.connections).hasValue(1);
    }
  }

  @Test
  void isAskedOverHttp2WhenTheOfferIsTakenBackOverHttp3() throws Exception {
    try (EncryptedServer http2 = server(Scheme.HTTPS, certificates.good);
        EncryptedServer http3 = server(Scheme.H3, certificates.good);
        ConfiguredUpstreams upstreams = upstreams(http2.port(), "")) {
      http2.altSvc = offer(http3.port());
      askUntilOver(http3, upstreams);
      http2.altSvc = "";
      http3.altSvc = "clear";
      ask(upstreams);
      int before = http3.questions.get();
      for (int i = 0; i < 10; i++) {
        ask(upstreams);
      }
      assertThat(http3.questions).hasValue(before);
      assertThat(http3.connections).hasValue(1);
    }
  }

  @Test
  void withHttp2WrittenNoOfferIsHeard() throws Exception {
    try (EncryptedServer http2 = server(Scheme.HTTPS, certificates.good);
        EncryptedServer http3 = server(Scheme.H3, certificates.good);
        ConfiguredUpstreams upstreams = upstreams(http2.port(), "&http=2")) {
      http2.altSvc = offer(http3.port());
      ask(upstreams);
      // Were it heard, a connection ended by the server would be followed by one over HTTP/3.
      http2.cutAll();
      for (int i = 0; i < 10; i++) {
        ask(upstreams);
      }
      assertThat(http2.questions).hasValue(asked);
      assertThat(http3.connections).hasValue(0);
    }
  }

  private static String offer(int port) {
    return "h3-29=\":9\", h3=\":" + port + "\"; ma=3600";
  }

  private void askUntilOver(EncryptedServer http3, ConfiguredUpstreams upstreams) throws Exception {
    while (http3.questions.get() == 0) {
      ask(upstreams);
    }
  }

  private void askUntilTried(ConfiguredUpstreams upstreams) throws Exception {
    while (client.counters.get(Counter.UPSTREAM_CONNECTIONS) < 2) {
      ask(upstreams);
    }
  }

  private void ask(ConfiguredUpstreams upstreams) throws Exception {
    String name = "name" + asked++ + ".test";
    assertThat(EncryptedClient.ask(upstreams, name, client.clock).answerCount()).isEqualTo(1);
  }

  private static EncryptedServer server(Scheme scheme, X509Bundle certificate) throws Exception {
    return new EncryptedServer(scheme, certificate, Manner.ANSWER, 0);
  }

  private ConfiguredUpstreams upstreams(int port, String more) {
    return client.upstreams("https://127.0.0.1:" + port + "?ca=authority.pem&sni=dns.test" + more);
  }
}
