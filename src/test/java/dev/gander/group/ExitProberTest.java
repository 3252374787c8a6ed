package dev.gander.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.gander.clock.Clock;
import dev.gander.config.Settings;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.node.ProxyLinks;
import dev.gander.observe.Counters;
import dev.gander.subscribe.TestTls;
import dev.gander.tls.SelfSigned;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What checks say of real servers; the way there is the direct one. */
class ExitProberTest {

  private static final long SECOND = 1_000_000_000L;

  private final Clock clock = Clock.system();
  private final Counters counters = new Counters();
  private final Dialer dialer =
      new Dialer(
          SocketMark.none(),
          clock,
          Thread.ofPlatform().daemon().factory(),
          new SecureRandom(),
          counters);
  private final ExitProber prober = prober(Optional.empty());
  private final CheckServers servers;

  private ExitProber prober(Optional<Path> authorities) {
    return new ExitProber(
        new GroupParts(
            node -> dialer.exit(),
            authorities,
            clock,
            Executors.newVirtualThreadPerTaskExecutor(),
            new Random(5),
            counters));
  }

  ExitProberTest() throws IOException {
    servers = new CheckServers();
  }

  @AfterEach
  void close() throws IOException {
    servers.close();
    dialer.close();
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD, /, good",
    "GET, /, good",
    "HEAD, /204, good",
    "GET, /301, good",
    "GET, /404, good",
    "GET, /500, the answer is HTTP 500",
    "GET, /503, the answer is HTTP 503",
    "HEAD, /204/generate_204, good",
    "GET, /200/generate_204, the answer is HTTP 200"
  })
  void statusesFrom200To499AreGood(String method, String path, String expected) throws Exception {
    assertThat(outcome(method, path)).isEqualTo(expected);
  }

  private String outcome(String method, String path) throws Exception {
    try {
      long took = probe(http(method, path));
      assertThat(took).isBetween(1L, 5 * SECOND);
      return "good";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void aResolverIsAskedOverUdpThoughADatagramIsLostAndOverTcp() throws Exception {
    List<Probe> probes = probes("udp_check_dns: '127.0.0.1:" + servers.dnsPort() + "'");
    servers.lose(1);

    assertThat(probe(probes.get(1))).isGreaterThan(SECOND / 2);
    assertThat(probe(probes.get(2))).isPositive();
  }

  @Test
  void whatDoesNotListenOrDoesNotSpeakHttpOrTlsFails() throws Exception {
    int dns = servers.dnsPort();
    int web = servers.webPort();
    servers.close();
    assertThatThrownBy(
            () -> probe(probes("tcp_check_url: 'http://127.0.0.1:" + web + "'").getFirst()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("refused");
    assertThatThrownBy(() -> probe(probes("udp_check_dns: '127.0.0.1:" + dns + "'").get(2)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("refused");
  }

  @Test
  void aServerWithoutTlsFailsACheckByHttps() throws Exception {
    Probe https = probes("tcp_check_url: 'https://127.0.0.1:" + servers.webPort() + "'").getFirst();

    assertThatThrownBy(() -> probe(https)).isInstanceOf(IOException.class);
  }

  @Test
  void aServerWithTlsPassesACheckByHttpsIfItProvesItsName(@TempDir Path folder) throws Exception {
    Path authority = folder.resolve("cert.pem");
    SelfSigned.make(List.of("check.example"), List.of("127.0.0.1"), Duration.ofDays(2))
        .write(authority, folder.resolve("key.pem"));
    HttpsServer web =
        HttpsServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 50);
    web.setHttpsConfigurator(
        new HttpsConfigurator(TestTls.context(authority, folder.resolve("key.pem"))));
    web.createContext(
        "/generate_204",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    web.start();
    try {
      String url = "https://%s:" + web.getAddress().getPort() + "/generate_204";
      Probe good = https(url.formatted("check.example"));
      ExitProber trusting = prober(Optional.of(authority));
      assertThat(probe(trusting, good)).isPositive();
      assertThat(probe(trusting, https(url.formatted("127.0.0.1")))).isPositive();

      assertThatThrownBy(() -> probe(trusting, https(url.formatted("other.example"))))
          .isInstanceOf(IOException.class)
          .hasStackTraceContaining("other.example");
      assertThatThrownBy(() -> probe(good))
          .isInstanceOf(IOException.class)
          .hasStackTraceContaining("not trusted");
    } finally {
      web.stop(0);
    }
  }

  private static Probe https(String url) {
    return probes("tcp_check_url: '" + url + "', 127.0.0.1 tcp_check_http_method: GET").getFirst();
  }

  private Probe http(String method, String path) {
    String url = "'http://127.0.0.1:" + servers.webPort() + path + "'";
    return probes("tcp_check_url: " + url + " tcp_check_http_method: " + method).getFirst();
  }

  private static List<Probe> probes(String text) {
    Settings settings = TestGroups.settings("group { g { policy: min " + text + " } }");
    List<Probe> probes =
        Probe.of(CheckTerms.of(settings.global(), settings.groups().getFirst().check()));
    return text.startsWith("udp") ? probes.subList(1, probes.size()) : probes;
  }

  private long probe(Probe probe) throws Exception {
    return probe(prober, probe);
  }

  private long probe(ExitProber by, Probe probe) throws Exception {
    Node node = new Node("n", "", List.of(ProxyLinks.parse("socks5://127.0.0.1:1")));
    return by.probe(node, probe, clock.nanoTime() + 5 * SECOND);
  }
}
