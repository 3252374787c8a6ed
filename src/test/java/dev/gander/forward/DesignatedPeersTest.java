package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import dev.gander.proxy.PeerProcess;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that others wrote designate their encrypted ways (RFC 9462): dnsdist and unbound. */
class DesignatedPeersTest {

  @TempDir Path directory;

  private EncryptedClient client;
  private int plain;
  private int tls;
  private int https;

  @BeforeEach
  void ports() throws Exception {
    client = new EncryptedClient(directory);
    plain = PeerProcess.freePort();
    tls = PeerProcess.freePort();
    https = PeerProcess.freePort();
  }

  @AfterEach
  void stop() {
    client.close();
  }

  @ParameterizedTest
  @CsvSource({"dnsdist, dot", "dnsdist, h2", "unbound, dot", "unbound, h2"})
  void whatTheyPreferIsTaken(String which, String alpn) throws Exception {
    try (PeerProcess _ = start(which, alpn, client.certificates.good)) {
      ConfiguredUpstreams upstreams = upstreams("true");
      String way =
          alpn.equals("dot")
              ? "tls://dns.example:" + tls
              : "https://dns.example:" + https + "/dns-query";
      Eventually.holds(() -> designated(upstreams).equals(way));
      assertThat(EncryptedClient.ask(upstreams, "www.test").answerCount()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dnsdist", "unbound"})
  void aCertificateThatIsNotForTheAddressIsNotTaken(String which) throws Exception {
    try (PeerProcess _ = start(which, "dot", client.certificates.otherName)) {
      ConfiguredUpstreams upstreams = upstreams("true");
      Eventually.holds(() -> designated(upstreams).contains("it is for other.test"));
      assertThat(EncryptedClient.ask(upstreams, "www.test").answerCount()).isEqualTo(1);
      assertThatThrownBy(() -> EncryptedClient.ask(upstreams("required"), "www.test"))
          .isInstanceOf(UpstreamException.class)
          .hasMessageContaining("it is for other.test");
    }
  }

  private ConfiguredUpstreams upstreams(String ddr) {
    ConfiguredUpstreams upstreams =
        client.upstreams("udp://127.0.0.1:" + plain + "?ca=authority.pem&ddr=" + ddr);
    upstreams.warmUp();
    return upstreams;
  }

  private static String designated(ConfiguredUpstreams upstreams) {
    return upstreams.status().getFirst().designated();
  }

  /**
   * @param preferred the protocol of the first priority; the other has the second
   */
  private PeerProcess start(String which, String preferred, X509Bundle certificate)
      throws Exception {
    TestCertificates.write(
        certificate, directory.resolve("server.pem"), directory.resolve("server.key"));
    int ofTls = preferred.equals("dot") ? 1 : 2;
    return which.equals("unbound") ? unbound(ofTls) : dnsdist(ofTls);
  }

  private PeerProcess unbound(int ofTls) throws Exception {
    String way = "_dns.resolver.arpa. 300 SVCB %d dns.example. alpn=%s port=%d ipv4hint=127.0.0.1";
    return Unbound.encrypted(
        directory,
        plain,
        tls,
        https,
        List.of(
            way.formatted(ofTls, "dot", tls),
            way.formatted(3 - ofTls, "h2", https) + " key7=/dns-query{?dns}"));
  }

  private PeerProcess dnsdist(int ofTls) throws Exception {
    Path configuration = directory.resolve("dnsdist.conf");
    Files.writeString(
        configuration,
        """
        setLocal("127.0.0.1:%4$d")
        addTLSLocal("127.0.0.1:%1$d", "%3$s/server.pem", "%3$s/server.key")
        addDOHLocal("127.0.0.1:%2$d", "%3$s/server.pem", "%3$s/server.key", "/dns-query")
        local ways = {
          newSVCRecordParameters(%5$d, "dns.example.",
            { mandatory = { "port" }, alpn = { "dot" }, port = %1$d, ipv4hint = { "127.0.0.1" } }),
          newSVCRecordParameters(%6$d, "dns.example.",
            { mandatory = { "port" }, alpn = { "h2" }, port = %2$d, ipv4hint = { "127.0.0.1" },
              key7 = "/dns-query{?dns}" })
        }
        addAction(AndRule { QTypeRule(64), QNameRule("_dns.resolver.arpa.") }, SpoofSVCAction(ways))
        addAction(AllRule(), SpoofAction("192.0.2.80"))
        """
            .formatted(tls, https, directory, plain, ofTls, 3 - ofTls));
    return PeerProcess.start(
        List.of("dnsdist", "--supervised", "--disable-syslog", "-C", configuration.toString()),
        directory,
        plain,
        tls,
        https);
  }
}
