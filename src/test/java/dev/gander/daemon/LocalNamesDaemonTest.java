package dev.gander.daemon;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Local names and limits, with kdig and dig against a running daemon. */
class LocalNamesDaemonTest {

  @TempDir Path folder;

  /** UDP and TCP at one port, so that clients can change over; nobody else has the address. */
  private final InetSocketAddress address =
      new InetSocketAddress(
          InetAddress.ofLiteral("127.77." + ThreadLocalRandom.current().nextInt(256) + ".1"), 5300);

  private TestUpstream upstream;

  @BeforeEach
  void anUpstream() throws Exception {
    upstream = new TestUpstream("192.0.2.99");
  }

  @AfterEach
  void noUpstream() {
    upstream.close();
  }

  @Test
  void hostsAndSpecialNamesAreAnsweredAndNobodyIsAsked() throws Exception {
    try (RunningDaemon running = RunningDaemon.start(folder, configuration("", ""))) {
      InetSocketAddress server = address;
      assertThat(lines(Kdig.ask(server, "+short", "nas.home.arpa", "A")))
          .containsExactly("192.168.1.10", "192.168.1.11");
      assertThat(lines(Kdig.dig(server, "+short", "NAS.home.arpa", "AAAA")))
          .containsExactly("2001:db8::10");
      assertThat(lines(Kdig.dig(server, "+short", "x.y.lab.example"))).containsExactly("10.1.1.1");
      assertThat(lines(Kdig.dig(server, "+short", "-x", "192.168.1.10")))
          .containsExactly("nas.home.arpa.");
      assertThat(lines(Kdig.dig(server, "+short", "-x", "2001:db8::10")))
          .containsExactly("nas.home.arpa.");
      assertThat(Kdig.ask(server, "nas.home.arpa", "HTTPS"))
          .contains("status: NOERROR", "ANSWER: 0", "AUTHORITY: 1", "aa ");
      assertThat(lines(Kdig.ask(server, "+short", "localhost"))).containsExactly("127.0.0.1");
      assertThat(lines(Kdig.ask(server, "+tcp", "+short", "localhost", "AAAA")))
          .containsExactly("::1");
      assertThat(Kdig.ask(server, "+edns", "x.onion"))
          .contains("status: NXDOMAIN", "nobody.invalid.", "is not for public name servers");
      assertThat(Kdig.dig(server, "-x", "10.9.8.7")).contains("NXDOMAIN", "10.in-addr.arpa.");
      assertThat(Kdig.dig(server, "_dns.resolver.arpa", "SVCB")).contains("NOERROR", "ANSWER: 0");
      assertThat(upstream.asked()).isZero();
      assertThat(count(running, "answered_locally")).isEqualTo(11);
    }
  }

  @Test
  void aRuleThatNamesASpecialNameSaysWhereItGoes() throws Exception {
    String rules = "qname(home.arpa, suffix: 168.192.in-addr.arpa, test) -> it";
    try (RunningDaemon running = RunningDaemon.start(folder, configuration("", rules))) {
      InetSocketAddress server = address;
      assertThat(lines(Kdig.dig(server, "+short", "other.home.arpa")))
          .containsExactly("192.0.2.99");
      assertThat(lines(Kdig.dig(server, "+short", "a.test"))).containsExactly("192.0.2.99");
      assertThat(lines(Kdig.dig(server, "+short", "nas.home.arpa", "AAAA")))
          .containsExactly("2001:db8::10");
      assertThat(Kdig.dig(server, "a.invalid")).contains("NXDOMAIN");
      assertThat(upstream.asked()).isEqualTo(2);
      assertThat(count(running, "answered_locally")).isEqualTo(2);
    }
  }

  @Test
  void aClientBeyondItsLimitIsRefused() throws Exception {
    String limit = "client_rate_limit: 1";
    try (RunningDaemon running = RunningDaemon.start(folder, configuration(limit, ""))) {
      InetSocketAddress server = address;
      String both = Kdig.ask(server, "+noall", "+header", "nas.home.arpa", "A", "x.lab.example");
      assertThat(both).containsOnlyOnce("status: NOERROR").containsOnlyOnce("status: REFUSED");
      assertThat(count(running, "refused_rate_limit")).isEqualTo(1);
    }
  }

  @Test
  void withTcAClientBeyondItsLimitComesByTcp() throws Exception {
    String limit = "client_rate_limit: 1 client_rate_limit_answer: tc";
    try (RunningDaemon running = RunningDaemon.start(folder, configuration(limit, ""))) {
      InetSocketAddress server = address;
      String ignoring = Kdig.ask(server, "+ignore", "nas.home.arpa", "A", "a.lab.example", "A");
      assertThat(ignoring).contains("tc ").doesNotContain("REFUSED");
      assertThat(lines(Kdig.ask(server, "+short", "nas.home.arpa", "AAAA", "b.lab.example", "A")))
          .containsExactly("2001:db8::10", "10.1.1.1");
      assertThat(count(running, "refused_rate_limit")).isPositive();
    }
  }

  @Test
  void aPrivateAddressOfAPublicNameIsWithheld() throws Exception {
    upstream.close();
    upstream = new TestUpstream("192.168.1.1");
    String rules = "qname(lan) -> it";
    String keys = "rebind_protection: true";
    try (RunningDaemon running = RunningDaemon.start(folder, configuration(keys, rules))) {
      assertThat(Kdig.ask(address, "+edns", "evil.example"))
          .contains("status: NOERROR", "ANSWER: 0", "rebind_protection");
      assertThat(lines(Kdig.dig(address, "+short", "router.lan"))).containsExactly("192.168.1.1");
      assertThat(lines(Kdig.dig(address, "+short", "nas.home.arpa", "AAAA"))).hasSize(1);
      assertThat(count(running, "rebinds_blocked")).isEqualTo(1);
    }
  }

  @Test
  void theVersionThatIsNotPreferredIsEmpty() throws Exception {
    String keys = "ipversion_prefer: 4";
    try (RunningDaemon running = RunningDaemon.start(folder, configuration(keys, ""))) {
      assertThat(Kdig.ask(address, "+edns", "www.example", "AAAA"))
          .contains("status: NOERROR", "ANSWER: 0", "AUTHORITY: 1", "ipversion_prefer");
      assertThat(lines(Kdig.dig(address, "+short", "www.example"))).containsExactly("192.0.2.99");
      assertThat(count(running, "answered_by_preference")).isEqualTo(1);
    }
  }

  @Test
  void whatIsTooLargeForUdpIsCutAndComesWholeByTcp() throws Exception {
    String hosts =
        IntStream.range(0, 60).mapToObj(i -> "'2001:db8::" + i + "'").collect(joining(", "));
    String keys = "hosts { big.example: " + hosts + " }";
    try (RunningDaemon running = RunningDaemon.start(folder, configuration(keys, ""))) {
      String cut = Kdig.ask(address, "+ignore", "+bufsize=4096", "big.example", "AAAA");
      assertThat(cut).contains("tc ");
      assertThat(lines(cut).size()).isBetween(35, 45);
      assertThat(lines(Kdig.ask(address, "+short", "big.example", "AAAA"))).hasSize(60);
      assertThat(lines(Kdig.dig(address, "+short", "big.example", "AAAA"))).hasSize(60);
      assertThat(count(running, "answered_locally")).isPositive();
    }
  }

  private String configuration(String keys, String rules) {
    return """
    global { log_level: warn }
    dns {
      bind: 'tcp+udp://%s:%d'
      %s
      hosts {
        nas.home.arpa: 192.168.1.10, 192.168.1.11, '2001:db8::10'
        '*.lab.example': 10.1.1.1
      }
      upstream { it: 'udp://127.0.0.1:%d' }
      routing { request { %s fallback: it } }
    }
    routing { fallback: direct }
    """
        .formatted(
            address.getAddress().getHostAddress(), address.getPort(), keys, upstream.port(), rules);
  }

  static List<String> lines(String output) {
    return output.lines().filter(line -> !line.startsWith(";") && !line.isBlank()).toList();
  }

  static long count(RunningDaemon running, String counter) throws Exception {
    return running.status().get("queries") instanceof Map<?, ?> counts
            && counts.get(counter) instanceof Number number
        ? number.longValue()
        : -1;
  }
}
