package dev.gander.daemon;

import static dev.gander.daemon.TrafficLab.DNS_FOUR;
import static dev.gander.daemon.TrafficLab.DNS_SIX;
import static dev.gander.daemon.TrafficLab.FOUR;
import static dev.gander.daemon.TrafficLab.PASSED;
import static dev.gander.daemon.TrafficLab.RESET;
import static dev.gander.daemon.TrafficLab.SILENCE;
import static dev.gander.daemon.TrafficLab.SIX;
import static dev.gander.daemon.TrafficLab.TAKEN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.daemon.TrafficLab.Attempt;
import dev.gander.kernel.TunHub;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A whole daemon, and two clients behind a tun device that comes when it runs already. */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LanL3KernelTest {

  private TrafficLab traffic;
  private RouterLab lab;
  private TunHub hub;

  @BeforeAll
  void build(@TempDir Path folder) throws Exception {
    traffic = new TrafficLab("v", folder);
    lab = traffic.lab;
    lab.must("ip netns add %d");
    lab.must("ip netns exec %r nft add table inet judge");
    lab.must(
        "ip netns exec %r nft add chain inet judge f { type filter hook forward priority 0 ; }");
    judgeAnew();
    lab.serve(configuration("", "fallback: direct"));
    plug();
  }

  @AfterAll
  void remove() throws Exception {
    hub.close();
    traffic.close();
  }

  private void plug() throws Exception {
    hub = new TunHub(lab.named("%r"), "vpn0", List.of(lab.named("%c"), lab.named("%d")));
    Eventually.holds(() -> interfaces().contains("vpn0"));
  }

  private String interfaces() throws Exception {
    return String.valueOf(lab.status().get("interfaces"));
  }

  private static String configuration(String global, String... rules) {
    return TrafficLab.configuration("lan_interface: lan0, 'vpn*' " + global, rules);
  }

  private void rules(String... rules) throws Exception {
    traffic.reload(configuration("", rules));
  }

  private void judgeAnew() throws Exception {
    lab.must("ip netns exec %r nft flush chain inet judge f");
    lab.must("ip netns exec %r nft add rule inet judge f iifname vpn0 th dport 53 counter");
  }

  /** What the stack forwarded of the tunnel's packets to port 53. */
  private String forwarded() throws Exception {
    return lab.run("ip netns exec %r nft list chain inet judge f");
  }

  @AfterEach
  void nothingWasLost() throws Exception {
    assertThat(traffic.counter("dropped_handover")).isZero();
    assertThat(traffic.counter("dropped_reply")).isZero();
  }

  private void isServed(String server, String name) throws Exception {
    long queries = traffic.counter("queries");
    long hits = traffic.counter("kernel_fresh");
    long segments = traffic.counter("tcp_segments");
    for (String transport : List.of("+notcp ", "+notcp ", "+tcp ")) {
      assertThat(lab.ask(server, transport + name + " A"))
          .contains("203.0.113.80")
          .contains("From " + server + "@53");
    }
    assertThat(traffic.counter("queries")).as("a miss").isEqualTo(queries + 1);
    assertThat(traffic.counter("kernel_fresh")).as("a hit").isEqualTo(hits + 1);
    assertThat(traffic.counter("tcp_segments")).isGreaterThan(segments + 2);
  }

  @Test
  void aClientIsAnsweredWhileTheTunnelComesAndGoes() throws Exception {
    rules("fallback: direct");
    isServed("198.51.100.53", "one.example");
    isServed("2001:db8:ffff::53", "two.example");
    hub.close();
    Eventually.holds(() -> !interfaces().contains("vpn0"));
    assertThat(interfaces()).contains("lan0");
    plug();
    isServed("198.51.100.53", "three.example");
    isServed("2001:db8:ffff::53", "four.example");
    assertThat(traffic.counter("leaks")).isZero();
    assertThat(forwarded()).contains("counter packets 0 ");
  }

  @Test
  void whatPassesIsNotTouchedAndWhatIsBlockedIsToldSo() throws Exception {
    rules(
        "dport(80) -> block",
        "dport(7001) -> direct(mark: 7)",
        "dip(198.51.100.9) -> block",
        "dip('" + DNS_SIX + "') -> must_direct",
        "fallback: direct");
    List<Attempt> attempts =
        List.of(
            Attempt.of("tcp", FOUR, 80),
            Attempt.of("tcp", SIX, 80),
            Attempt.of("udp", FOUR, 80),
            Attempt.of("udp", SIX, 80),
            Attempt.of("tcp", FOUR, 443),
            Attempt.of("tcp", SIX, 443),
            Attempt.of("udp", FOUR, 443),
            Attempt.of("udp", SIX, 443),
            Attempt.of("tcp", FOUR, 7001),
            Attempt.of("udp", SIX, 7001),
            Attempt.of("dns", "198.51.100.9", 53),
            Attempt.of("tcp", "198.51.100.9", 53),
            Attempt.of("dns", DNS_FOUR, 53));
    assertThat(traffic.attempt("%c", "-", attempts.toArray(Attempt[]::new)))
        .containsExactly(
            RESET,
            RESET,
            "EHOSTUNREACH",
            "EACCES",
            PASSED,
            PASSED,
            PASSED,
            PASSED,
            PASSED,
            PASSED,
            "EHOSTUNREACH",
            RESET,
            TAKEN);
    assertThat(traffic.counter("route_marked")).isPositive();
    assertThat(traffic.counter("route_rejected")).isGreaterThanOrEqualTo(6);
    assertThat(forwarded()).contains("counter packets 0 ");
    assertThat(traffic.attempt("%c", "-", Attempt.of("dns", DNS_SIX, 53))).containsExactly(PASSED);
    assertThat(traffic.counter("passed_must")).isPositive();
    assertThat(traffic.counter("leaks")).isZero();
    judgeAnew();
  }

  /** They have no MAC addresses, and so are known by their own. */
  @Test
  void clientsBehindOneTunnelKnowNamesEachByItself() throws Exception {
    rules("fallback: direct"); // nothing is known of anybody
    rules("domain(full: b.example) -> block", "fallback: direct");
    for (String each : List.of(FOUR, SIX)) {
      assertThat(traffic.tcp("%c", each, 80)).isEqualTo(PASSED);
    }
    traffic.learn("%c", "-", "b.example");
    assertThat(traffic.tcp("%c", FOUR, 80)).isEqualTo(RESET);
    assertThat(traffic.tcp("%d", FOUR, 80)).as("has not asked").isEqualTo(PASSED);
    long taught = traffic.counter("kernel_taught");
    traffic.learn("%d", "-", "b.example");
    assertThat(traffic.counter("kernel_taught")).as("by the kernel").isEqualTo(taught + 2);
    assertThat(traffic.tcp("%d", FOUR, 80)).isEqualTo(RESET);
    traffic.learn("%c", "-", "a.example");
    assertThat(traffic.tcp("%c", FOUR, 80)).as("has asked another").isEqualTo(PASSED);
    assertThat(traffic.tcp("%d", FOUR, 80)).isEqualTo(RESET);
  }

  @Test
  void whatGoesAroundIsCountedAndStopped() throws Exception {
    traffic.reload(configuration("dns_leak: block", "fallback: direct"));
    long leaks = traffic.counter("leaks_blocked");
    assertThat(
            traffic.attempt(
                "%c",
                "-", new Attempt("udp", FOUR, 853, 0, 0, 1), new Attempt("udp", SIX, 853, 0, 0, 1)))
        .containsOnly(SILENCE);
    assertThat(traffic.counter("leaks_blocked")).isEqualTo(leaks + 2);
  }
}
