package dev.gander.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.cli.Commands.Result;
import dev.gander.config.DnsSettings.Upstream.Scheme;
import dev.gander.daemon.Json;
import dev.gander.forward.EncryptedServer;
import dev.gander.forward.TestCertificates;
import dev.gander.proxy.DnsBehind;
import dev.gander.proxy.ProxyPeer;
import dev.gander.proxy.ProxyPeer.Kind;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Questions to unbound through real proxies. */
@Timeout(120)
class QueryViaTest {

  private static final String SECRETS = "Qz7wXv";

  @TempDir private static Path folder;
  private static TestCertificates certificates;
  private static DnsBehind dns;
  private static ProxyPeer microsocks;
  private static ProxyPeer dante;
  private static ProxyPeer tinyproxy;
  private static ProxyPeer shadowsocks;

  @BeforeAll
  static void peers() throws Exception {
    dns = new DnsBehind(folder);
    certificates = dns.certificates();
    microsocks = new ProxyPeer(Kind.MICROSOCKS, folder);
    dante = new ProxyPeer(Kind.DANTE, folder);
    tinyproxy = new ProxyPeer(Kind.TINYPROXY, folder);
    shadowsocks = new ProxyPeer(Kind.SS_AES_128_GCM, folder);
  }

  @AfterAll
  static void close() {
    List.of(dns, microsocks, dante, tinyproxy, shadowsocks).forEach(QueryViaTest::close);
  }

  private static void close(AutoCloseable peer) {
    try {
      peer.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String tls() {
    return "@tls://127.0.0.1:" + dns.tlsPort() + options();
  }

  private static String options() {
    return "?sni=dns.test&ca=" + certificates.authorityFile;
  }

  private static String plain() {
    return "@127.0.0.1:" + dns.port();
  }

  private static Result query(String server, String... more) {
    List<String> words = new ArrayList<>(List.of("query", "www.test", server));
    words.addAll(List.of(more));
    if (!words.contains("--timeout")) {
      words.addAll(List.of("--timeout", "60")); // the machine may be loaded
    }
    Result result = Commands.run(words.toArray(String[]::new));
    assertThat(result.out() + result.err()).doesNotContain(SECRETS);
    return result;
  }

  private static Result answered(String server, String... more) {
    Result result = query(server, more);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("192.0.2.80");
    return result;
  }

  private static String text(ProxyPeer peer, String scheme) {
    return scheme + "://127.0.0.1:" + peer.port;
  }

  @Test
  void eachStageOfTlsThroughAProxyIsTimed() {
    String socks = text(microsocks, "socks5");
    Result result = answered(tls(), "--via", microsocks.link());
    assertThat(result.out())
        .contains("tls, TLSv1.3", "certificate: CN=good", ";; via " + socks + "\n")
        .containsPattern(
            ";; resolve [0-9.]+ ms, connect to "
                + socks
                + " [0-9.]+ ms, through "
                + socks
                + " [0-9.]+ ms, handshake [0-9.]+ ms, ask [0-9.]+ ms\n");
  }

  @Test
  void aChainIsTimedHopByHop() {
    String first = text(microsocks, "socks5");
    String second = text(shadowsocks, "ss");
    Result result = answered(tls(), "--via", microsocks.link() + " -> " + shadowsocks.link());
    assertThat(result.out())
        .contains(";; via " + first + " -> " + second)
        .containsPattern("connect to " + first + " .* connect to " + second + " .* through ");
  }

  @Test
  void datagramsGoThroughWhatCarriesThem() {
    assertThat(answered(plain(), "--via", dante.link()).out()).contains("over udp in");
    assertThat(answered(plain(), "--via", shadowsocks.link()).out()).contains("over udp in");
    assertThat(answered(plain(), "--via", dante.link(), "--tcp").out()).contains("over tcp in");
    assertThat(answered(plain(), "--via", tinyproxy.link()).out()).contains("over tcp in");
  }

  @Test
  void quicGoesThroughWhatCarriesDatagrams() throws Exception {
    try (EncryptedServer quic =
        new EncryptedServer(Scheme.QUIC, certificates.good, EncryptedServer.Manner.ANSWER, 0)) {
      String server = "@quic://127.0.0.1:" + quic.port() + options();
      assertThat(query(server, "--via", dante.link()).out()).contains("over quic in");
      Result result = query(server, "--via", shadowsocks.link(), "--json");
      assertThat(result.status()).as(result.err()).isZero();
      Map<String, Object> object = Json.parseObject(result.out());
      assertThat(object)
          .containsEntry("via", text(shadowsocks, "ss"))
          .containsKeys("certificate", "pin", "security");
      assertThat(((Map<?, ?>) object.getOrDefault("stages", Map.of())).keySet().toString())
          .isEqualTo(
              "[resolve, connect to %1$s, through %1$s, handshake, ask]"
                  .formatted(text(shadowsocks, "ss")));
    }
  }

  @Test
  void nodesAndGroupsOfAConfigurationAreWays() throws Exception {
    Path file = folder.resolve("via.dae");
    Files.writeString(
        file,
        """
        global { }
        node { one: '%s' two: 'one -> %s' }
        group { proxy { filter: name(two) policy: min } empty { filter: name(none) policy: min } }
        dns { upstream { it: 'udp://192.0.2.1' } routing { request { fallback: it } } }
        routing { fallback: direct }
        """
            .formatted(microsocks.link(), shadowsocks.link()));
    String config = file.toString();
    String one = text(microsocks, "socks5");
    assertThat(answered(tls(), "--via", "one", "-c", config).out())
        .contains(";; via node one: " + one + "\n");
    assertThat(answered(tls(), "--via", "proxy", "-c", config).out())
        .contains(";; via group proxy, node two: " + one + " -> " + text(shadowsocks, "ss"));
    assertThat(answered(tls(), "--via", "one -> " + shadowsocks.link(), "-c", config).out())
        .contains(";; via " + one + " -> " + text(shadowsocks, "ss"));

    Result unknown = query(tls(), "--via", "three", "-c", config);
    assertThat(unknown.status()).isEqualTo(ExitStatus.WRONG_USAGE);
    assertThat(unknown.err())
        .contains("no node is called `three` (the configuration has proxy, empty, one, two)");
    assertThat(query(tls(), "--via", "empty", "-c", config).err())
        .contains("group 'empty' has no node");
  }

  @Test
  void whatFailsNamesItsStageAndThoseBefore() throws Exception {
    Result wrong = query(tls(), "--via", microsocks.wrongLink());
    String socks = text(microsocks, "socks5");
    assertThat(wrong.status()).isEqualTo(ExitStatus.MACHINE);
    assertThat(wrong.err())
        .containsPattern(
            ";; failed in through "
                + socks
                + " after [0-9.]+ ms; before: resolve [0-9.]+ ms, connect to "
                + socks
                + " [0-9.]+ ms\n")
        .contains("refused user and password");

    int closed;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      closed = free.getLocalPort();
    }
    assertThat(query(tls(), "--via", "socks5://user:" + SECRETS + "@127.0.0.1:" + closed).err())
        .contains(";; failed in connect to socks5://127.0.0.1:" + closed, "cannot be reached");

    Result untrusted = query(tls().replace("dns.test", "no.test"), "--json");
    assertThat(untrusted.err()).contains(";; failed in handshake after ");
    assertThat(Json.parseObject(untrusted.out()))
        .containsEntry("failed", "handshake")
        .hasEntrySatisfying("error", it -> assertThat(it.toString()).contains("it is for dns.test"))
        .hasEntrySatisfying("stages", it -> assertThat(it.toString()).contains("connect="));
  }

  @Test
  void silenceIsAFailureOfTheLastStage() throws Exception {
    try (EncryptedServer silent =
        new EncryptedServer(Scheme.TLS, certificates.good, EncryptedServer.Manner.NEVER, 0)) {
      Result result = query("@tls://127.0.0.1:" + silent.port() + options(), "--timeout", "1");
      assertThat(result.err())
          .contains("no answer in time (tls)")
          .containsPattern(";; failed in ask after .*; before: resolve .*, connect .*, handshake ");
    }
  }

  @Test
  void aWayThatIsNoneIsWrongUsageAndItsSecretsStaySecret() {
    for (String link :
        List.of(
            "socks5:/user:" + SECRETS + "@192.0.2.1",
            "socks5://user:" + SECRETS + "@192.0.2.1:0",
            "gopher://user:" + SECRETS + "@192.0.2.1:1",
            "socks5://192.0.2.1 -> user:" + SECRETS + "@192.0.2.2")) {
      Result wrong = query(plain(), "--via", link);
      assertThat(wrong.status()).isEqualTo(ExitStatus.WRONG_USAGE);
      assertThat(wrong.err()).contains("--via: ", "write a link such as socks5://");
    }
    assertThat(query(plain(), "socks5://user:" + SECRETS + "@192.0.2.1").err())
        .contains("a way out behind --via");
    assertThat(Commands.run("query", "www.test", "--via", microsocks.link()).err())
        .contains("give @SERVER or @URL");
    assertThat(query(plain(), "--via", "proxy").err()).contains("with -c FILE");
  }
}
