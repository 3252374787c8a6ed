package dev.gander.daemon;

import static dev.gander.daemon.TrafficLab.FOUR;
import static dev.gander.daemon.TrafficLab.PASSED;
import static dev.gander.daemon.TrafficLab.RESET;
import static dev.gander.daemon.TrafficLab.SILENCE;
import static dev.gander.daemon.TrafficLab.SIX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traffic of a client through the router, by the rules of {@code routing}, with real sockets. */
@Tag("kernel")
class TrafficRulesKernelTest {

  @TempDir private Path folder;
  private TrafficLab traffic;
  private RouterLab lab;

  @BeforeEach
  void build() throws Exception {
    traffic = new TrafficLab("t", folder);
    lab = traffic.lab;
  }

  @AfterEach
  void remove() throws Exception {
    traffic.close();
  }

  private static String configuration(String global, String... rules) {
    return TrafficLab.configuration("lan_interface: lan0 " + global, rules);
  }

  private void rules(String... rules) throws Exception {
    traffic.reload(configuration("", rules));
  }

  private String tcp(String address, int port) throws Exception {
    return traffic.tcp("%c", address, port);
  }

  private String udp(String address, int port) throws Exception {
    return traffic.udp("%c", address, port);
  }

  private String briefly(String protocol, String address, int port) throws Exception {
    return traffic
        .attempt("%c", "-", new TrafficLab.Attempt(protocol, address, port, 0, 0, 1))
        .getFirst();
  }

  private long counter(String name) throws Exception {
    return traffic.counter(name);
  }

  @Test
  void whatIsBlockedIsToldSoOrNot() throws Exception {
    lab.serve(configuration("", "dport(80) -> block", "fallback: direct"));
    assertThat(tcp(FOUR, 80)).isEqualTo(RESET);
    assertThat(tcp(SIX, 80)).isEqualTo(RESET);
    assertThat(udp(FOUR, 80)).isEqualTo("EHOSTUNREACH");
    assertThat(udp(SIX, 80)).isEqualTo("EACCES");
    assertThat(udp(FOUR, 443)).isEqualTo(PASSED);
    assertThat(udp(SIX, 443)).isEqualTo(PASSED);
    assertThat(counter("route_rejected")).isGreaterThanOrEqualTo(4);
    assertThat(counter("route_dropped")).isZero();

    lab.reload(configuration("block_with: drop", "dport(80) -> block", "fallback: direct"));
    assertThat(briefly("tcp", FOUR, 80)).isEqualTo(SILENCE);
    assertThat(briefly("udp", SIX, 80)).isEqualTo(SILENCE);
    assertThat(udp(SIX, 443)).isEqualTo(PASSED);
    assertThat(counter("route_dropped")).isGreaterThanOrEqualTo(2);
  }

  @Test
  void aMarkIsSeenByPolicyRoutingAndAGroupPasses() throws Exception {
    lab.must("ip -n %r rule add fwmark 0x21 table 77");
    lab.must("ip -n %r route add prohibit default table 77");
    lab.must("ip -n %r -6 rule add fwmark 0x21 table 77");
    // Not unreachable: its ICMPv6 error, "no route", is one that UDP sockets do not pass on.
    lab.must("ip -n %r -6 route add prohibit default table 77");
    lab.serve(configuration("", "dport(80) -> direct(mark: 0x21)", "dport(443) -> proxy"));
    assertThat(tcp(FOUR, 80)).isEqualTo("EHOSTUNREACH");
    assertThat(udp(FOUR, 80)).isEqualTo("EHOSTUNREACH");
    assertThat(tcp(SIX, 80)).isEqualTo("EACCES");
    assertThat(udp(SIX, 80)).isEqualTo("EACCES");
    assertThat(tcp(FOUR, 443)).isEqualTo(PASSED);
    assertThat(udp(SIX, 443)).isEqualTo(PASSED);
    assertThat(counter("route_marked")).isGreaterThanOrEqualTo(4);
    assertThat(counter("routed_to_group")).isGreaterThanOrEqualTo(2);
    assertThat(lab.log("run")).contains("only DNS goes by groups yet");
  }

  @Test
  void aQueryPassesByAMustRuleAndIsBlockedByABlock() throws Exception {
    lab.serve(configuration("", "dport(80) -> direct", "fallback: direct"));
    String refused = "refused.example A";
    assertThat(lab.ask("203.0.113.53", refused)).doesNotContain("203.0.113.80");
    for (String rule :
        List.of(
            "dip(203.0.113.53) -> must_direct",
            "dip(203.0.113.53) -> direct(must)",
            "sip(192.0.2.2) -> must_rules",
            "dip(203.0.113.53) && dport(53) -> must_proxy")) {
      long before = counter("passed_must");
      rules(rule, "fallback: direct");
      assertThat(lab.ask("203.0.113.53", refused)).as(rule).contains("203.0.113.80");
      assertThat(lab.ask("203.0.113.53", "+tcp " + refused)).as(rule).isNotEmpty();
      assertThat(counter("passed_must")).as(rule).isGreaterThan(before);
    }
    rules("dip(203.0.113.53) -> direct", "fallback: proxy");
    assertThat(lab.ask("203.0.113.53", refused)).doesNotContain("203.0.113.80");
    // Not the upstream's own address: the way to that would be blocked, too.
    rules("dip(198.51.100.9) -> block", "fallback: direct");
    assertThat(lab.ask("198.51.100.9", "a.example A" + RouterLab.BRIEFLY))
        .doesNotContain("203.0.113.80");
    assertThat(lab.ask("198.51.100.1", "a.example A")).contains("203.0.113.80");
  }

  /** Two names have one address: this client's last question says which it is. */
  @Test
  void anAddressIsJudgedByTheNameThatThisClientAskedForLast() throws Exception {
    lab.serve(
        configuration(
            "", "domain(full: b.example, keyword: tracker) -> block", "fallback: direct"));
    assertThat(tcp(FOUR, 80)).isEqualTo(PASSED);
    for (int round = 0; round < 2; round++) {
      assertThat(lab.ask("198.51.100.1", "b.example A")).contains(FOUR);
      assertThat(lab.ask("198.51.100.1", "b.example AAAA")).contains(SIX);
      assertThat(tcp(FOUR, 80)).isEqualTo(RESET);
      assertThat(tcp(SIX, 443)).isEqualTo(RESET);
      assertThat(lab.ask("198.51.100.1", "a.example A")).contains(FOUR);
      assertThat(tcp(FOUR, 80)).isEqualTo(PASSED);
      assertThat(tcp(SIX, 80)).isEqualTo(RESET);
    }
    // Knowledge outlives a reload, and is judged by the new rules.
    rules("domain(a.example) -> block", "fallback: direct");
    assertThat(tcp(FOUR, 80)).isEqualTo(RESET);
    assertThat(tcp(SIX, 80)).isEqualTo(PASSED);
  }

  /** What the kernel knew went with the rules, whoever remembers to have told it. */
  @Test
  void whatAClientLearnsAfterRulesWereTakenOutCountsAgain() throws Exception {
    lab.serve(answeringAlone("domain(b.example) -> block", "fallback: direct"));
    assertThat(lab.ask("198.51.100.1", "b.example A")).contains(FOUR);
    assertThat(tcp(FOUR, 80)).isEqualTo(RESET);
    traffic.reload(answeringAlone());
    assertThat(tcp(FOUR, 80)).isEqualTo(PASSED);
    traffic.reload(answeringAlone("domain(b.example) -> block", "fallback: direct"));
    assertThat(lab.ask("198.51.100.1", "b.example A")).contains(FOUR);
    assertThat(tcp(FOUR, 80)).isEqualTo(RESET);
  }

  /** Only user space answers, and so only what it tells is known. */
  private static String answeringAlone(String... rules) {
    return configuration("", rules).replace("dns {", "dns {\n  kernel_answers: 0");
  }

  /** The kernel gives the answer, and tells the rules who got it. */
  @Test
  void anAddressThatOnlyTheKernelsAnswerTaughtIsJudgedByItsName() throws Exception {
    lab.plugSecondClient();
    lab.serve(
        TrafficLab.configuration(
            "lan_interface: 'lan*'", "domain(full: b.example) -> block", "fallback: direct"));
    traffic.learn("%c", "-", "b.example");
    traffic.learn("%c", "-", "a.example");
    long queries = counter("queries");
    for (int round = 0; round < 2; round++) {
      long fresh = counter("kernel_fresh");
      assertThat(traffic.tcp("%d", FOUR, 80)).isEqualTo(round == 0 ? PASSED : RESET);
      traffic.learn("%d", "-", round == 0 ? "b.example" : "a.example");
      assertThat(traffic.tcp("%d", FOUR, 80)).isEqualTo(round == 0 ? RESET : PASSED);
      assertThat(traffic.tcp("%d", SIX, 443)).isEqualTo(round == 0 ? RESET : PASSED);
      assertThat(tcp(FOUR, 80)).as("the other client").isEqualTo(PASSED);
      assertThat(counter("kernel_fresh")).isEqualTo(fresh + 2);
    }
    assertThat(counter("queries")).as("of either since").isEqualTo(queries);
    // What user space tells afterwards counts again, and again what the kernel does.
    assertThat(lab.run("ip netns exec %d kdig +timeout=5 @198.51.100.1 +tcp b.example A"))
        .contains(FOUR);
    assertThat(traffic.tcp("%d", FOUR, 80)).isEqualTo(RESET);
    traffic.learn("%d", "-", "a.example");
    assertThat(traffic.tcp("%d", FOUR, 80)).isEqualTo(PASSED);
  }

  /** Answers to connections from outside are no flows of the client's own. */
  @Test
  void aConnectionFromOutsideIsNotJudged() throws Exception {
    traffic.serveIn("%c", "192.0.2.2,2001:db8:1::2", "9000");
    lab.serve(configuration("", "l4proto(tcp) -> block", "fallback: direct"));
    assertThat(traffic.tcp("%i", "192.0.2.2", 9000)).isEqualTo(PASSED);
    assertThat(traffic.tcp("%i", "2001:db8:1::2", 9000)).isEqualTo(PASSED);
    assertThat(tcp(FOUR, 80)).isEqualTo(RESET);
  }

  /** What datagrams answer is known where connections are tracked, as with any NAT. */
  @Test
  void datagramsThatAnswerOnesFromOutsideAreNotJudgedWhereConnectionsAreTracked() throws Exception {
    traffic.serveIn("%c", "192.0.2.2,2001:db8:1::2", "9000");
    lab.serve(configuration("", "l4proto(udp) -> block", "fallback: direct"));
    lab.must("ip netns exec %r nft add table ip t");
    lab.must("ip netns exec %r nft add chain ip t in { type nat hook prerouting priority -100 ; }");
    lab.must(
        "ip netns exec %r nft add rule ip t in iif wan0 udp dport 9001 dnat to 192.0.2.2:9000");
    lab.must("ip netns exec %r nft add table ip6 t");
    lab.must("ip netns exec %r nft add chain ip6 t f { type filter hook forward priority 0 ; }");
    lab.must("ip netns exec %r nft add rule ip6 t f ct state established accept");
    assertThat(traffic.udp("%i", "192.0.2.2", 9000)).isEqualTo(PASSED);
    assertThat(traffic.udp("%i", "203.0.113.1", 9001)).as("translated").isEqualTo(PASSED);
    assertThat(traffic.udp("%i", "2001:db8:1::2", 9000)).isEqualTo(PASSED);
    assertThat(udp(FOUR, 80)).as("the client's own").isEqualTo("EHOSTUNREACH");
    assertThat(udp(SIX, 80)).as("the client's own").isEqualTo("EACCES");
  }

  /** The rest of a connection that a rule lets by is no leak either. */
  @Test
  void whatAMustRuleLetsByIsNoLeak() throws Exception {
    lab.serve(
        configuration("dns_leak: block", "dip(203.0.113.53) -> must_direct", "fallback: direct"));
    assertThat(lab.ask("203.0.113.53", "+tcp refused.example A")).contains("203.0.113.80");
    assertThat(lab.ask("203.0.113.80", "+tcp refused.example A"))
        .as("taken")
        .contains("NOERROR")
        .doesNotContain("203.0.113.80\n");
    assertThat(counter("leaks")).isZero();
  }

  /** A listener knows no MAC address; then the address counts that it was asked from. */
  @Test
  void namesAreKnownOfClientsThatAskAListenerToo() throws Exception {
    lab.serve(
        configuration("", "domain(full: b.example) -> block", "fallback: direct")
            .replace("dns {", "dns { bind: 'tcp+udp://192.0.2.1:53'"));
    for (String transport : List.of("", "+tcp ")) {
      assertThat(lab.ask("192.0.2.1", transport + "a.example A")).contains(FOUR);
      assertThat(tcp(FOUR, 80)).isEqualTo(PASSED);
      assertThat(lab.ask("192.0.2.1", transport + "b.example A")).contains(FOUR);
      assertThat(tcp(FOUR, 80)).isEqualTo(RESET);
    }
    assertThat(counter("queries")).as("intercepted").isZero();
    traffic.learn("%c", "-", "a.example");
    assertThat(tcp(FOUR, 80)).as("intercepted, and so known for certain").isEqualTo(PASSED);
  }

  /** Names are known of a MAC address, whatever address and interface it comes by. */
  @Test
  void aClientThatMovesIsKnown() throws Exception {
    String mac = traffic.mac("%c", "eth0");
    String[] rules = {
      "sip(192.0.2.2) && dport(443) -> block",
      "domain(full: b.example) && dport(80) -> block",
      "mac('" + mac + "') && dport(7001) -> block",
      "fallback: direct"
    };
    lab.serve(TrafficLab.configuration("lan_interface: 'lan*'", rules));
    traffic.learn("%c", "-", "b.example");
    assertThat(List.of(tcp(FOUR, 443), tcp(FOUR, 80), tcp(FOUR, 7001))).containsOnly(RESET);

    lab.must("ip -n %c addr add 192.0.2.7/24 dev eth0");
    lab.must("ip -n %c route change default via 192.0.2.1 src 192.0.2.7");
    assertThat(tcp(FOUR, 443)).isEqualTo(PASSED);
    assertThat(List.of(tcp(FOUR, 80), tcp(SIX, 80), tcp(FOUR, 7001))).containsOnly(RESET);

    lab.must("ip -n %r link del lan0");
    lab.plugClient("lan7");
    lab.must("ip -n %c link set eth0 address " + mac);
    Eventually.holds(() -> List.of("lan7").equals(lab.status().get("interfaces")));
    assertThat(List.of(tcp(FOUR, 443), tcp(FOUR, 80), tcp(FOUR, 7001))).containsOnly(RESET);
    traffic.learn("%c", "-", "a.example");
    assertThat(tcp(FOUR, 80)).isEqualTo(PASSED);
  }

  @Test
  void twoClientsHaveTheirOwnPoliciesForOneName() throws Exception {
    lab.plugSecondClient();
    lab.serve(
        TrafficLab.configuration(
            "lan_interface: 'lan*'",
            "domain(full: b.example) && sip(198.18.5.0/24, '2001:db8:5::/64') -> block",
            "domain(full: a.example) && dport(443) -> block",
            "fallback: direct"));
    traffic.learn("%c", "-", "b.example");
    traffic.learn("%d", "-", "b.example");
    for (String address : List.of(FOUR, SIX)) {
      assertThat(tcp(address, 80)).isEqualTo(PASSED);
      assertThat(tcp(address, 443)).isEqualTo(PASSED);
      assertThat(traffic.tcp("%d", address, 80)).isEqualTo(RESET);
    }
    // What one asks says nothing of the other.
    traffic.learn("%c", "-", "a.example");
    assertThat(tcp(FOUR, 443)).isEqualTo(RESET);
    assertThat(traffic.tcp("%d", FOUR, 443)).isEqualTo(RESET);
    traffic.learn("%d", "-", "a.example");
    assertThat(traffic.tcp("%d", FOUR, 80)).isEqualTo(PASSED);
    assertThat(traffic.tcp("%d", FOUR, 443)).isEqualTo(RESET);
  }
}
