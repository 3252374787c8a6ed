package dev.gander.daemon;

import static dev.gander.daemon.TrafficLab.FOUR;
import static dev.gander.daemon.TrafficLab.PASSED;
import static dev.gander.daemon.TrafficLab.RESET;
import static dev.gander.daemon.TrafficLab.SILENCE;
import static dev.gander.daemon.TrafficLab.SIX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.daemon.TrafficLab.Attempt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traffic of the router's own programs, by the rules of {@code routing}. */
@Tag("kernel")
class LocalTrafficKernelTest {

  private static final String REFUSED = "refused.example A";

  @TempDir private Path folder;
  private TrafficLab traffic;
  private RouterLab lab;

  @BeforeEach
  void build() throws Exception {
    traffic = new TrafficLab("l", folder);
    lab = traffic.lab;
  }

  @AfterEach
  void remove() throws Exception {
    traffic.close();
  }

  private static String configuration(String global, String... rules) {
    return TrafficLab.configuration("wan_interface: wan0 " + global, rules);
  }

  private String own(String command) throws IOException {
    return lab.run("ip netns exec %r " + command);
  }

  private String curl(String address) throws IOException {
    return own("curl -sS --http0.9 --max-time 10 http://" + address + "/");
  }

  private String kdig(String server, String question) throws IOException {
    return own("kdig +timeout=10 +retry=1 @" + server + " " + question);
  }

  private String dig(String server, String question) throws IOException {
    return own("dig +nocookie +time=10 +tries=2 @" + server + " " + question);
  }

  private List<String> attempts(String protocol, String process) throws Exception {
    return traffic.attempt(
        "%r", process, Attempt.of(protocol, FOUR, 80), Attempt.of(protocol, SIX, 80));
  }

  @Test
  void programsAreToldApartByName() throws Exception {
    lab.serve(
        configuration(
            "dns_leak: block",
            "pname(curl) -> block",
            "pname(kdig) && dip(203.0.113.53) -> must_direct",
            "fallback: direct"));
    assertThat(curl(FOUR)).contains("onnect").doesNotContain(PASSED);
    assertThat(curl("[" + SIX + "]")).contains("onnect").doesNotContain(PASSED);
    assertThat(attempts("tcp", "other")).containsOnly(PASSED);
    assertThat(attempts("udp", "curl")).containsExactly("EHOSTUNREACH", "EACCES");
    assertThat(attempts("udp", "other")).containsOnly(PASSED);
    for (String transport : List.of("", "+tcp ")) {
      assertThat(kdig("203.0.113.53", transport + REFUSED)).contains("203.0.113.80");
      assertThat(dig("203.0.113.53", transport + REFUSED))
          .contains("NOERROR")
          .doesNotContain("203.0.113.80");
      assertThat(kdig("198.51.100.1", transport + "a.example A")).contains("203.0.113.80");
    }
    assertThat(traffic.counter("leaks")).isZero();
    assertThat(traffic.counter("passed_must")).isPositive();
    // An address and ports that one program has used do not speak for the next one.
    traffic.reload(configuration("", "pname(curl) && l4proto(udp) -> block", "fallback: direct"));
    for (String process : List.of("curl", "other", "curl")) {
      Attempt again = new Attempt("udp", FOUR, 80, 23_456, 0, 10);
      assertThat(traffic.attempt("%r", process, again))
          .containsExactly(process.equals("curl") ? "EHOSTUNREACH" : PASSED);
    }
  }

  /** What one program asks is known of all: a stub asks for the others. */
  @Test
  void aNameThatAProgramAskedForIsKnownOfAll() throws Exception {
    lab.serve(configuration("", "domain(full: b.example) -> block", "fallback: direct"));
    assertThat(attempts("tcp", "-")).containsOnly(PASSED);
    assertThat(kdig("198.51.100.1", "b.example A")).contains(FOUR);
    assertThat(attempts("tcp", "-")).containsExactly(RESET, PASSED);
    assertThat(kdig("2001:db8:ffff::53", "b.example AAAA")).contains(SIX);
    assertThat(attempts("tcp", "-")).containsOnly(RESET);
    assertThat(kdig("198.51.100.1", "a.example A")).contains(FOUR);
    assertThat(attempts("tcp", "-")).containsExactly(PASSED, RESET);
  }

  @Test
  void aNameAskedOfAListenerOnThisMachineIsKnown() throws Exception {
    lab.serve(
        configuration("", "domain(full: b.example) -> block", "fallback: direct")
            .replace("dns {", "dns { bind: 'tcp+udp://127.0.0.1:53', 'udp://192.0.2.1:53'"));
    for (String listener : List.of("127.0.0.1", "192.0.2.1")) {
      assertThat(kdig(listener, "a.example A")).contains(FOUR);
      assertThat(attempts("tcp", "-")).containsOnly(PASSED);
      assertThat(kdig(listener, "b.example A")).contains(FOUR);
      assertThat(attempts("tcp", "-")).containsExactly(RESET, PASSED);
    }
  }

  @Test
  void gandersOwnSocketsAreNotJudged() throws Exception {
    // Where a question goes is judged by who asked it: this rule is for the router's own sockets.
    lab.serve(
        TrafficLab.configuration(
            "lan_interface: lan0 wan_interface: wan0",
            "sip(203.0.113.1) && dip(203.0.113.53) -> block",
            "fallback: direct"));
    assertThat(kdig("203.0.113.53", "a.example A" + RouterLab.BRIEFLY))
        .doesNotContain("203.0.113.80");
    assertThat(lab.ask("198.51.100.1", "a.example A")).contains("203.0.113.80");
    assertThat(lab.ask("198.51.100.1", "+tcp b.example A")).contains("203.0.113.80");
  }

  @Test
  void dropSaysNothingAndSuspendLetsAllPass() throws Exception {
    lab.serve(configuration("block_with: drop", "dport(80) -> block", "fallback: direct"));
    Attempt brief = new Attempt("tcp", FOUR, 80, 0, 0, 1);
    assertThat(traffic.attempt("%r", "-", brief)).containsExactly(SILENCE);
    assertThat(traffic.counter("route_dropped")).isPositive();
    assertThat(traffic.tcp("%r", FOUR, 443)).isEqualTo(PASSED);
    lab.control().suspend(false, Duration.ofSeconds(10), step -> {});
    assertThat(traffic.tcp("%r", FOUR, 80)).isEqualTo(PASSED);
  }

  /** Servers of this machine go on answering, and so do connections older than gander. */
  @Test
  void whatBeganOutsideOrBeforeIsNotJudged() throws Exception {
    traffic.serveIn("%r", "203.0.113.1,2001:db8:2::1", "9000");
    lab.serve(configuration("", "sport(9000) -> block", "fallback: direct"));
    assertThat(traffic.tcp("%i", "203.0.113.1", 9000)).isEqualTo(PASSED);
    assertThat(traffic.tcp("%i", "2001:db8:2::1", 9000)).isEqualTo(PASSED);
    Attempt brief = new Attempt("udp", "203.0.113.1", 9000, 0, 0, 1);
    assertThat(traffic.attempt("%i", "-", brief)).as("not tracked").containsExactly(SILENCE);
    lab.must("ip netns exec %r nft add table inet t");
    lab.must("ip netns exec %r nft add chain inet t in { type filter hook input priority 0 ; }");
    lab.must("ip netns exec %r nft add rule inet t in ct state established accept");
    assertThat(traffic.udp("%i", "203.0.113.1", 9000)).isEqualTo(PASSED);
    assertThat(traffic.udp("%i", "2001:db8:2::1", 9000)).isEqualTo(PASSED);
  }

  @Test
  void aLinkWithoutEthernetHeadersIsJudgedToo() throws Exception {
    lab.must("ip -n %r tuntap add dev tun7 mode tun");
    lab.must("ip -n %r addr add 198.18.7.1/24 dev tun7");
    lab.must("ip -n %r addr add 2001:db8:7::1/64 dev tun7 nodad");
    lab.must("ip -n %r link set tun7 up");
    Files.writeString(folder.resolve("holder.py"), HOLDER);
    lab.start("ip netns exec %r python3 " + folder.resolve("holder.py"), "holder.log");
    Eventually.holds(() -> lab.log("holder").contains("ready"));
    lab.serve(
        TrafficLab.configuration(
            "wan_interface: wan0, tun7", "dport(80) -> block", "fallback: direct"));
    assertThat(
            traffic.attempt(
                "%r",
                "-",
                Attempt.of("tcp", "198.18.7.80", 80),
                Attempt.of("tcp", "2001:db8:7::80", 80),
                Attempt.of("udp", "198.18.7.80", 80),
                Attempt.of("udp", "2001:db8:7::80", 80),
                new Attempt("udp", "198.18.7.80", 81, 0, 0, 1)))
        .containsExactly(RESET, RESET, "EHOSTUNREACH", "EACCES", SILENCE);
    assertThat(traffic.counter("route_rejected")).isEqualTo(4);
  }

  /** Gives tun7 the carrier without which nothing is sent. */
  private static final String HOLDER =
      """
      import fcntl, os, struct, time
      fd = os.open('/dev/net/tun', os.O_RDWR)
      fcntl.ioctl(fd, 0x400454ca, struct.pack('16sH22x', b'tun7', 0x1001))
      print('ready', flush=True)
      while True:
          os.read(fd, 2048)
      """;

  @Test
  void theQueryLogNamesTheProgramThatTheKernelAnswered() throws Exception {
    Path log = folder.resolve("queries.log");
    lab.serve(configuration("query_log: '" + log + "'", "fallback: direct"));
    for (int i = 0; i < 3; i++) {
      assertThat(kdig("198.51.100.1", "a.example A")).contains(FOUR);
    }
    Eventually.holds(() ->
        Files.exists(log)
            && Files.readString(log)
                .lines()
                .anyMatch(line ->
                    line.contains("\"how\":\"kernel_fresh\"")
                        && line.contains("\"pname\":\"kdig\"")
                        && line.matches(".*\"pid\":[1-9][0-9]*,.*")));
  }
}
