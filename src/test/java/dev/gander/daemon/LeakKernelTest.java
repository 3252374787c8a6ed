package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs and clients that try to resolve around gander; the judge is a counter in the internet,
 * where their packets arrive if they get through.
 */
@Tag("kernel")
class LeakKernelTest {

  private static final String NOBODY = "198.51.100.53";

  /** The ways of {@code src/test/peers/around.py}. */
  private static final List<String> WAYS =
      List.of(
          "plain",
          "nobody",
          "from-53",
          "from-a-low-port",
          "marked",
          "marked-as-an-own",
          "with-priority",
          "segmented",
          "tcp",
          "tcp-early",
          "tls",
          "quic",
          "https",
          "http3",
          "ipv6",
          "ipv6-tcp",
          "ipv6-hop-by-hop",
          "raw",
          "raw-options",
          "fragments",
          "frame");

  private static final Path AROUND = Path.of("src/test/peers/around.py").toAbsolutePath();

  @TempDir private Path folder;
  private RouterLab lab;
  private Path fragments;

  @BeforeEach
  void build() throws Exception {
    lab = new RouterLab("l", folder.resolve("l"));
    lab.must("ip -n %r route add default via 203.0.113.53");
    lab.must("ip -n %r -6 route add default via 2001:db8:2::53");
    lab.must("ip netns exec %r sysctl -qw net.ipv6.conf.all.forwarding=1");
    lab.must("ip netns exec %i nft add table netdev judge");
    lab.must(
        "ip netns exec %i nft add chain netdev judge in { type filter hook ingress device eth0"
            + " priority 0 ; }");
    // What gander itself asks.
    lab.must(
        "ip netns exec %i nft add rule netdev judge in ip daddr 203.0.113.53 udp dport 53 accept");
    lab.must(
        "ip netns exec %i nft add rule netdev judge in meta l4proto { tcp, udp } th dport { 53,"
            + " 443, 853 } counter");
    fragments = folder.resolve("fragments.sh");
    Files.writeString(fragments, "head -c 3000 /dev/zero > /dev/udp/$1/53\n");
  }

  @AfterEach
  void remove() throws Exception {
    lab.close();
  }

  private static String configuration(String leak) {
    return RouterLab.configuration("")
        .replace(
            "lan_interface: lan0",
            "lan_interface: lan0 wan_interface: wan0 dns_leak_doh: 198.51.100.80 " + leak);
  }

  /** In every way that ordinary programs have. */
  private void tryAround(String namespace) throws Exception {
    String in = "ip netns exec " + lab.named(namespace) + " ";
    StringBuilder all = new StringBuilder();
    for (String server : List.of(NOBODY, "2001:db8:ffff::53")) {
      for (String way : List.of("+tls", "-p 853")) {
        all.append(in).append("kdig ").append(way).append(RouterLab.BRIEFLY);
        all.append(" @").append(server).append(" a.example &\n");
      }
      all.append(in).append("bash ").append(fragments).append(" ").append(server).append(" &\n");
    }
    all.append(in).append("curl -sk --max-time 1 https://198.51.100.80/dns-query &\nwait\n");
    lab.run("bash " + Files.writeString(folder.resolve("ways.sh"), all.toString()));
    assertThat(lab.run(in + "kdig +timeout=10 +retry=1 @" + NOBODY + " a.example"))
        .contains("203.0.113.80");
    assertThat(lab.run(in + "kdig +tcp +timeout=10 +retry=1 @" + NOBODY + " a.example"))
        .contains("203.0.113.80");
  }

  private long gotThrough() throws Exception {
    Matcher packets =
        Pattern.compile("counter packets (\\d+)")
            .matcher(lab.run("ip netns exec %i nft list table netdev judge"));
    assertThat(packets.find()).isTrue();
    return Long.parseLong(packets.group(1));
  }

  private List<Map<?, ?>> leaks() throws Exception {
    Object rows = lab.control().leaks(Duration.ofSeconds(30)).get("leaks");
    return ((List<?>) Objects.requireNonNull(rows))
        .stream().<Map<?, ?>>map(Map.class::cast).toList();
  }

  @Test
  void nothingGetsThroughWhereLeaksAreStopped() throws Exception {
    lab.serve(configuration("dns_leak: block"));
    tryAround("%c");
    tryAround("%r");
    assertThat(gotThrough()).isZero();
    List<Map<?, ?>> leaks = leaks();
    assertThat(leaks)
        .allSatisfy(row -> assertThat(row.get("blocked")).isEqualTo(row.get("packets")));
    assertThat(leaks)
        .anySatisfy(row -> {
          assertThat(row.get("pname")).isEqualTo("kdig");
          assertThat(row.get("cgroup")).asString().startsWith("/");
          assertThat(row.get("port")).isEqualTo(853L);
          assertThat(row.get("interface")).isEqualTo("wan0");
        })
        .anySatisfy(row -> {
          assertThat(row.get("source")).isEqualTo("192.0.2.2");
          assertThat(row.containsKey("pid")).isFalse();
          assertThat(row.get("port")).isEqualTo(53L);
          assertThat(row.get("interface")).isEqualTo("lan0");
        })
        .anySatisfy(row -> {
          assertThat(row.get("pname")).isEqualTo("curl");
          assertThat(row.get("port")).isEqualTo(443L);
        });
  }

  /** As long as {@code -Dgander.leak.seconds} says. */
  @Test
  void twentyProgramsHereAndTwentyOnTheLanAllAtOnceGetNothingThrough() throws Exception {
    int seconds = Integer.getInteger("gander.leak.seconds", 3);
    lab.serve(configuration("dns_leak: block"));
    StringBuilder all = new StringBuilder();
    for (String namespace : List.of(lab.named("%c"), lab.named("%r"))) {
      for (String way : WAYS) {
        all.append(
            "ip netns exec %s python3 %s %s %d &\n".formatted(namespace, AROUND, way, seconds));
      }
    }
    Path script = folder.resolve("around.sh");
    Files.writeString(script, all.append("wait\n").toString());
    List<String> tried = lab.run("bash " + script).lines().toList();
    assertThat(tried)
        .hasSize(2 * WAYS.size())
        .allSatisfy(it -> assertThat(Integer.parseInt(it)).isPositive());
    assertThat(gotThrough()).isZero();
    assertThat(leaks()).isNotEmpty();
  }

  /** RFC 7112 forbids such a first fragment, but routers forward it. */
  @Test
  void aPortHiddenInTheSecondFragmentDoesNotGetThrough() throws Exception {
    lab.serve(configuration("dns_leak: block"));
    lab.must("ip netns exec %i nft flush chain netdev judge in");
    lab.must("ip netns exec %i nft add rule netdev judge in ip6 nexthdr 44 counter");
    for (String namespace : List.of(lab.named("%c"), lab.named("%r"))) {
      lab.must("ip netns exec " + namespace + " python3 " + AROUND + " ipv6-first-fragment 0.1");
    }
    assertThat(gotThrough()).isZero();
    assertThat(leaks())
        .hasSize(2)
        .allSatisfy(row -> assertThat(row.get("port")).isEqualTo(0L))
        .allSatisfy(row -> assertThat(row.get("blocked")).isEqualTo(row.get("packets")));
  }

  /** On the LAN, and again where it leaves. */
  @Test
  void whatAMustRuleLetsByIsNoLeakNorIsItsFragment() throws Exception {
    lab.serve(
        configuration("dns_leak: block")
            .replace(
                "routing { fallback: direct }",
                "routing { dip(198.51.100.53) && dport(53) -> must_direct fallback: direct }"));
    for (String way : List.of("plain", "fragments")) {
      long before = gotThrough();
      lab.must("ip netns exec %c python3 " + AROUND + " " + way + " 0.1");
      assertThat(gotThrough()).as(way).isGreaterThan(before);
    }
    assertThat(leaks()).isEmpty();
  }

  @Test
  void whoGoesAroundIsCountedAndPasses() throws Exception {
    lab.serve(configuration(""));
    tryAround("%r");
    tryAround("%c");
    assertThat(gotThrough()).isPositive();
    assertThat(leaks())
        .anySatisfy(row -> assertThat(row.get("pname")).isEqualTo("kdig"))
        .anySatisfy(row -> {
          assertThat(row.get("interface")).isEqualTo("lan0");
          assertThat(row.containsKey("mac")).isTrue();
        })
        .anySatisfy(row -> {
          assertThat(row.get("source")).as("forwarded").isEqualTo("192.0.2.2");
          assertThat(row.get("interface")).isEqualTo("wan0");
        })
        .allSatisfy(row ->
            assertThat(row.containsKey("mac")).isEqualTo("lan0".equals(row.get("interface"))))
        .allSatisfy(row -> assertThat(row.get("blocked")).isEqualTo(0L));
  }

  @Test
  void whereNobodyWantsToKnowNothingIsCounted() throws Exception {
    lab.serve(configuration("dns_leak: off"));
    tryAround("%r");
    assertThat(leaks()).isEmpty();
  }
}
