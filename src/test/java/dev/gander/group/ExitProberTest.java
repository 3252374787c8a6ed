package dev.gander.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Clock;
import dev.gander.config.Settings;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.node.ProxyLinks;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
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
  private final ExitProber prober =
      new ExitProber(
          new GroupParts(
              node -> dialer.exit(),
              clock,
              Executors.newVirtualThreadPerTaskExecutor(),
              new Random(5),
              counters));
  private final CheckServers servers;

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
    Node node = new Node("n", "", List.of(ProxyLinks.parse("socks5://127.0.0.1:1")));
    return prober.probe(node, probe, clock.nanoTime() + 5 * SECOND);
  }
}
