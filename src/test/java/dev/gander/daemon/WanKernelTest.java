package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole daemon, and programs on its own machine. */
@Tag("kernel")
class WanKernelTest {

  private static final String NOBODY = "198.51.100.53";
  private static final String NOBODY_SIX = "2001:db8:ffff::53";

  @TempDir private Path folder;
  private RouterLab lab;

  @BeforeEach
  void build() throws Exception {
    lab = new RouterLab("w", folder.resolve("w"));
    lab.must("ip -n %r route add default via 203.0.113.53");
    lab.must("ip -n %r -6 route add default via 2001:db8:2::53");
  }

  @AfterEach
  void remove() throws Exception {
    lab.close();
  }

  private static String configuration(String interfaces, String rules) {
    return RouterLab.configuration(rules).replace("lan_interface: lan0", interfaces);
  }

  private String ask(String program) throws IOException {
    return lab.run("ip netns exec %r " + program);
  }

  private static String kdig(String server, String question) {
    return "kdig +timeout=10 +retry=1 @" + server + " " + question;
  }

  private static String dig(String server, String question) {
    return "dig +nocookie +time=10 +tries=2 @" + server + " " + question;
  }

  private long counted(String counter) throws Exception {
    return lab.status().get("kernel") instanceof Map<?, ?> kernel
            && kernel.get(counter) instanceof Long count
        ? count
        : -1;
  }

  private @Nullable Object wanInterfaces() throws Exception {
    return lab.status().get("wan_interfaces");
  }

  @Test
  void aProgramIsAnsweredFromTheAddressItAskedOverBothFamiliesAndTransports() throws Exception {
    lab.serve(configuration("wan_interface: wan0", ""));
    assertThat(ask(kdig(NOBODY, "a.example A")))
        .contains("203.0.113.80")
        .contains("From " + NOBODY + "@53(UDP)");
    assertThat(ask(kdig(NOBODY_SIX, "a.example AAAA")))
        .contains("2001:db8:2::80")
        .contains("From " + NOBODY_SIX + "@53(UDP)");
    assertThat(ask(kdig(NOBODY, "b.example A +tcp")))
        .contains("203.0.113.80")
        .contains("From " + NOBODY + "@53(TCP)");
    assertThat(ask(kdig(NOBODY_SIX, "b.example AAAA +tcp"))).contains("2001:db8:2::80");
    assertThat(counted("queries")).isEqualTo(2);
    assertThat(counted("local_taken")).isGreaterThan(4);
    assertThat(counted("passed_own")).as("what gander asks does not come back").isPositive();
    assertThat(wanInterfaces()).isEqualTo(List.of("wan0"));
  }

  @Test
  void theKernelAnswersProgramsToo() throws Exception {
    lab.serve(configuration("wan_interface: wan0", ""));
    for (int i = 0; i < 3; i++) {
      assertThat(ask(kdig(NOBODY, "a.example A"))).contains("203.0.113.80");
      assertThat(ask(kdig(NOBODY_SIX, "a.example A"))).contains("203.0.113.80");
    }
    assertThat(counted("kernel_fresh")).isEqualTo(5);
    assertThat(counted("queries")).isEqualTo(1);
  }

  @Test
  void programsAreToldApartByName() throws Exception {
    lab.serve(configuration("wan_interface: wan0", "pname(kdig) -> reject"));
    for (int i = 0; i < 3; i++) {
      assertThat(ask(dig(NOBODY, "a.example A"))).contains("203.0.113.80");
      assertThat(ask(kdig(NOBODY, "a.example A")))
          .contains("NOERROR")
          .doesNotContain("203.0.113.80");
    }
    assertThat(counted("kernel_fresh")).as("of dig's class").isPositive();
    assertThat(counted("kernel_negative")).as("of kdig's class").isPositive();
  }

  @Test
  void gandersMarkHidesNobodyElse() throws Exception {
    lab.must("ip netns exec %r nft add table inet t");
    lab.must("ip netns exec %r nft add chain inet t out { type filter hook output priority 0 ; }");
    lab.must("ip netns exec %r nft add rule inet t out udp dport 53 meta mark set 0x100");
    lab.serve(configuration("wan_interface: wan0", ""));
    assertThat(ask(kdig(NOBODY, "a.example A"))).contains("203.0.113.80");
  }

  @Test
  void theQueryLogNamesTheProgram() throws Exception {
    Path log = folder.resolve("queries.log");
    lab.serve(configuration("wan_interface: wan0 query_log: '" + log + "'", ""));
    assertThat(ask(kdig(NOBODY, "a.example A"))).contains("203.0.113.80");
    Eventually.holds(
        () -> log.toFile().exists() && Files.readString(log).contains("\"pname\":\"kdig\""));
  }

  @Test
  void aLocalStubIsLeftAlone() throws Exception {
    lab.start("ip netns exec %r unbound -d -c " + stub(), "stub.log");
    Eventually.holds(() -> ask(kdig("127.0.0.53", "stub.example A")).contains("192.0.2.99"));
    lab.serve(configuration("wan_interface: wan0", ""));
    assertThat(ask(kdig("127.0.0.53", "stub.example A"))).contains("192.0.2.99");
    assertThat(ask(kdig("192.0.2.1", "stub.example A"))).contains("192.0.2.99");
    assertThat(counted("local_taken")).isZero();
  }

  @Test
  void questionsToThisMachinesResolverAreTakenWhereThatIsWantedAndItStaysAnUpstream()
      throws Exception {
    lab.start("ip netns exec %r unbound -d -c " + stub(), "stub.log");
    Eventually.holds(() -> ask(kdig("127.0.0.53", "stub.example A")).contains("192.0.2.99"));
    String rules = "qname(full: ads.example) -> reject";
    String configuration =
        RouterLab.configuration(rules).replace("203.0.113.53:53", "127.0.0.53:53");
    lab.serve(configuration);
    assertThat(lab.ask("192.0.2.1", "ads.example")).contains("192.0.2.98");
    lab.reload(configuration.replace("lan0", "lan0 hijack_local_dns: true"));
    for (String transport : List.of("", " +tcp")) {
      assertThat(lab.ask("192.0.2.1", "ads.example" + transport))
          .contains("NOERROR")
          .doesNotContain("192.0.2.98");
      assertThat(lab.ask("192.0.2.1", "stub.example" + transport))
          .contains("192.0.2.99")
          .contains("From 192.0.2.1@53");
    }
    assertThat(ask(kdig("127.0.0.53", "ads.example A"))).contains("192.0.2.98");
  }

  private Path stub() throws IOException {
    return Files.writeString(
        folder.resolve("stub.conf"),
        """
        server:
          interface: 127.0.0.53
          interface: 192.0.2.1
          access-control: 0.0.0.0/0 allow
          do-daemonize: no
          do-not-query-localhost: no
          username: ""
          chroot: ""
          pidfile: ""
          use-syslog: no
          local-zone: "example." static
          local-data: "stub.example. 300 IN A 192.0.2.99"
          local-data: "ads.example. 300 IN A 192.0.2.98"
        remote-control:
          control-enable: no
        """);
  }

  @Test
  void whatIsForwardedForClientsIsTakenOnce() throws Exception {
    lab.serve(configuration("lan_interface: lan0 wan_interface: wan0", ""));
    assertThat(lab.ask(NOBODY, "a.example A")).contains("203.0.113.80");
    assertThat(ask(kdig(NOBODY, "b.example A"))).contains("203.0.113.80");
    assertThat(counted("queries")).isEqualTo(2);
    assertThat(counted("local_taken")).isEqualTo(1);
  }

  @Test
  void autoFollowsTheDefaultRoute() throws Exception {
    lab.must("ip -n %r -6 route del default");
    lab.must("ip -n %r route del default");
    lab.serve(configuration("wan_interface: auto", ""));
    assertThat(wanInterfaces()).isEqualTo(List.of());
    lab.must("ip -n %r route add default via 203.0.113.53");
    Eventually.holds(() -> List.of("wan0").equals(wanInterfaces()));
    assertThat(ask(kdig(NOBODY, "a.example A"))).contains("203.0.113.80");
    lab.must("ip -n %r route change default via 192.0.2.2");
    Eventually.holds(() -> List.of("lan0").equals(wanInterfaces()));
    assertThat(ask(kdig(NOBODY, "b.example A"))).contains("203.0.113.80");
  }

  /** As VPNs write them down, beside the one that is there. */
  @Test
  void autoTakesPartsForADefaultRoute() throws Exception {
    lab.must("ip -n %r -6 route del default");
    lab.must("ip -n %r route change default via 192.0.2.2");
    lab.serve(configuration("wan_interface: auto", ""));
    assertThat(wanInterfaces()).isEqualTo(List.of("lan0"));
    for (String parts :
        List.of(
            "a 203.0.113.53 0.0.0.0/1 128.0.0.0/1",
            "b 203.0.113.53 0.0.0.0/2 192.0.0.0/2 64.0.0.0/3 96.0.0.0/3 128.0.0.0/2",
            "c 2001:db8:2::53 8000::/1 ::/1",
            "d 2001:db8:2::53 ::/3 fc00::/7 2000::/4 3000::/4",
            "e 2001:db8:2::53 2000::/3")) {
      String[] words = parts.split(" ", -1);
      String last = words[words.length - 1] + " via " + words[1];
      for (int i = 2; i < words.length - 1; i++) {
        lab.must("ip -n %r route add " + words[i] + " via " + words[1]);
      }
      lab.must("ip -n %r route add " + last);
      Eventually.holds(() -> List.of("lan0", "wan0").equals(wanInterfaces()));
      assertThat(ask(kdig(NOBODY, words[0] + ".example A"))).contains("203.0.113.80");
      lab.must("ip -n %r route del " + last);
      Eventually.holds(() -> List.of("lan0").equals(wanInterfaces()));
    }
  }

  @Test
  void anInterfaceThatComesIsHooked() throws Exception {
    lab.serve(configuration("wan_interface: 'up*'", ""));
    assertThat(wanInterfaces()).isEqualTo(List.of());
    lab.must("ip -n %r link add up0 type veth peer name up1");
    lab.must("ip -n %r link set up1 name peer1");
    lab.must("ip -n %r link set peer1 up");
    lab.must("ip -n %r addr add 198.18.8.1/24 dev up0");
    lab.must("ip -n %r link set up0 up");
    lab.must("ip -n %r neigh add 198.18.8.53 lladdr 02:00:00:00:08:53 dev up0");
    Eventually.holds(() -> List.of("up0").equals(wanInterfaces()));
    assertThat(ask(kdig("198.18.8.53", "a.example A"))).contains("203.0.113.80");
  }

  @Test
  void aLinkWithoutEthernetHeadersIsServed() throws Exception {
    lab.must("ip -n %r tuntap add dev tun7 mode tun");
    lab.must("ip -n %r addr add 198.18.7.1/24 dev tun7");
    lab.must("ip -n %r link set tun7 up");
    lab.serve(configuration("wan_interface: wan0, tun7", ""));
    for (int i = 0; i < 2; i++) {
      assertThat(ask(kdig("198.18.7.53", "a.example A")))
          .contains("203.0.113.80")
          .contains("From 198.18.7.53@53(UDP)");
      assertThat(ask(kdig("198.18.7.53", "a.example A +tcp"))).contains("203.0.113.80");
    }
    assertThat(counted("kernel_fresh")).isPositive();
  }

  @Test
  void suspendLetsProgramsQueriesPassAndReloadTakesThemAgain() throws Exception {
    lab.serve(configuration("wan_interface: wan0", ""));
    lab.control().suspend(false, Duration.ofSeconds(10), step -> {});
    assertThat(ask(kdig(NOBODY, "b.example" + RouterLab.BRIEFLY))).doesNotContain("203.0.113.80");
    assertThat(ask(kdig("203.0.113.53", "b.example"))).contains("203.0.113.80");
    lab.reload(configuration("wan_interface: wan0", ""));
    assertThat(ask(kdig(NOBODY, "b.example"))).contains("203.0.113.80");
  }

  @Test
  void afterAKillTheMachineResolvesAsIfGanderWereNotThere() throws Exception {
    Process daemon = lab.serve(configuration("wan_interface: wan0 on_exit: keep", ""));
    assertThat(ask(kdig(NOBODY, "a.example"))).contains("203.0.113.80");
    daemon.destroyForcibly().waitFor();
    assertThat(ask(kdig("203.0.113.53", "b.example"))).contains("203.0.113.80");
    assertThat(ask(kdig(NOBODY, "a.example" + RouterLab.BRIEFLY))).doesNotContain("203.0.113.80");
    lab.serve(configuration("wan_interface: wan0", ""));
    assertThat(ask(kdig(NOBODY, "a.example"))).contains("203.0.113.80");
  }
}
