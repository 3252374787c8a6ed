package dev.gander.forward;

import static dev.gander.forward.EncryptedClient.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import dev.gander.config.ConfigException;
import dev.gander.config.DnsSettings.Upstream.Scheme;
import dev.gander.forward.EncryptedServer.Manner;
import dev.gander.message.ExtendedError;
import dev.gander.proxy.PeerProcess;
import io.netty.pkitesting.X509Bundle;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code client_cert=} and {@code client_key=} with servers that let nobody in without. */
class ClientCertificateTest {

  private static final String SHOWN = "&client_cert=client.pem&client_key=client.key";
  private static final String STRANGER = "&client_cert=stranger.pem&client_key=stranger.key";

  @TempDir Path directory;

  private EncryptedClient client;
  private TestCertificates certificates;

  @BeforeEach
  void start() throws Exception {
    client = new EncryptedClient(directory);
    certificates = client.certificates;
    write(certificates.good, "server");
    write(certificates.otherName, "client");
    write(certificates.selfSigned, "stranger");
  }

  private void write(X509Bundle bundle, String name) throws IOException {
    TestCertificates.write(
        bundle, directory.resolve(name + ".pem"), directory.resolve(name + ".key"));
  }

  @AfterEach
  void stop() {
    client.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TLS", "HTTPS", "H3", "QUIC"})
  void aServerThatDemandsACertificateIsShownIt(Scheme scheme) throws Exception {
    try (EncryptedServer server = demanding(scheme);
        ConfiguredUpstreams upstreams = upstreams(scheme, server.port(), SHOWN)) {
      assertThat(ask(upstreams, "a.test").answerCount()).isEqualTo(1);
      assertThat(server.connections).hasValue(1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TLS", "HTTPS", "H3", "QUIC"})
  void withoutOneThatItTrustsTheFailureSaysWhatItWants(Scheme scheme) throws Exception {
    for (String options : List.of("", STRANGER)) {
      try (EncryptedServer server = demanding(scheme);
          ConfiguredUpstreams upstreams = upstreams(scheme, server.port(), options)) {
        for (int i = 0; i < 3; i++) {
          failsWith(upstreams, "demands a certificate of its clients that it trusts: client_cert=");
        }
        // It is not tried again and again while nobody asks.
        assertThat(server.connections.get()).isLessThanOrEqualTo(scheme == Scheme.H3 ? 6 : 3);
      }
    }
  }

  private static void failsWith(ConfiguredUpstreams upstreams, String words) {
    assertThatThrownBy(() -> ask(upstreams, "a.test"))
        .isInstanceOfSatisfying(
            UpstreamException.class,
            e -> assertThat(e.error()).isEqualTo(ExtendedError.NETWORK_ERROR))
        .hasMessageContaining(words);
  }

  @Test
  void aCertificateWithTheKeyOfAnotherIsAMistakeInTheFile() {
    String mixed = "&client_cert=client.pem&client_key=stranger.key";
    assertThatThrownBy(() -> upstreams(Scheme.TLS, 853, mixed))
        .hasRootCauseInstanceOf(ConfigException.class)
        .rootCause()
        .hasMessageContainingAll(
            "test.dae:1:", "stranger.key is not the key of the certificate in ", "belong together");
  }

  /** OpenSSL's own server, whose other end of the stream is this test. */
  @Test
  void opensslThatDemandsACertificateIsShownIt() throws Exception {
    int port = PeerProcess.freePort();
    Process openssl = openssl(port);
    Eventually.holds(() -> PeerProcess.listens(port));
    try (ConfiguredUpstreams upstreams = upstreams(Scheme.TLS, port, SHOWN)) {
      Thread.ofVirtual().start(() -> answerOne(openssl));
      assertThat(ask(upstreams, "a.test").answerCount()).isEqualTo(1);
    } finally {
      openssl.destroyForcibly().onExit().join();
    }
  }

  private Process openssl(int port) throws IOException {
    Process process =
        new ProcessBuilder(
                "openssl",
                "s_server",
                "-quiet",
                "-accept",
                "127.0.0.1:" + port,
                "-cert",
                "server.pem",
                "-key",
                "server.key",
                "-alpn",
                "dot",
                "-Verify",
                "2",
                "-verify_return_error",
                "-CAfile",
                "authority.pem")
            .directory(directory.toFile())
            .redirectError(directory.resolve("openssl.log").toFile())
            .start();
    return process;
  }

  private static void answerOne(Process openssl) {
    try (DataInputStream in = new DataInputStream(openssl.getInputStream());
        DataOutputStream out = new DataOutputStream(openssl.getOutputStream())) {
      byte[] question = new byte[in.readUnsignedShort()];
      in.readFully(question);
      byte[] answer = EncryptedServer.answerTo(question);
      out.writeShort(answer.length);
      out.write(answer);
      out.flush();
      in.read();
    } catch (Exception e) {
      // The test has ended it, or sees no answer.
      return;
    }
  }

  private EncryptedServer demanding(Scheme scheme) throws Exception {
    return new EncryptedServer(
        scheme, certificates.good, Manner.ANSWER, 0, certificates.authority.getCertificate());
  }

  private ConfiguredUpstreams upstreams(Scheme scheme, int port, String more) {
    return client.upstreams(
        "%s://127.0.0.1:%d?ca=authority.pem%s"
            .formatted(scheme.name().toLowerCase(Locale.ROOT), port, more));
  }
}
