package dev.gander.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.geodata.GeoDataFiles;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrafficRouterTest {

  /** Each function: a term, a flow's fact for which it holds, and one for which it does not. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          domain(example.com)                      | domain=www.example.com | domain=badexample.com
          domain(full:example.com)                 | domain=example.com     | domain=www.example.com
          domain(keyword:ads, full:a.example)      | domain=x.ads1.example  | domain=b.example
          domain(regex:'^[wm]\\.')               | domain=m.example       | domain=x.example
          domain(full:a.example, full:b.example)   | domain=b.example       | domain=c.example
          dip(198.51.100.0/24)                     | dst=198.51.100.9#1     | dst=198.51.101.1#1
          dip('2001:db8::/32', 192.0.2.1)          | dst=2001:db8:1::1#1    | dst=2001:db9::#1
          dip('2001:db8::/32', 192.0.2.1)          | dst=192.0.2.1#1        | dst=192.0.2.2#1
          ip('::/0')                               | dst=2001:db8::1#1      | dst=192.0.2.1#1
          dip(0.0.0.0/0)                           | dst=255.255.255.255#1  | dst=2001:db8::1#1
          sip(192.168.0.0/16, 10.0.0.0/8)          | src=10.255.255.255#1   | src=11.0.0.0#1
          sip('fe80::/10')                         | src=fe80::1#1          | src=fec0::1#1
          dport(443)                               | dst=192.0.2.1#443      | dst=192.0.2.1#442
          dport(80, 8000-8999)                     | dst=192.0.2.1#8999     | dst=192.0.2.1#9000
          port(0, 65535)                           | dst=192.0.2.1#65535    | dst=192.0.2.1#1
          port(0, 65535)                           | dst=192.0.2.1#0        | dst=192.0.2.1#65534
          sport(1024-2047)                         | src=192.0.2.1#1024     | src=192.0.2.1#1023
          l4proto(tcp)                             | proto=tcp              | proto=udp
          l4proto(udp)                             | proto=udp              | proto=tcp
          ipversion(4)                             | dst=192.0.2.1#1        | dst=2001:db8::1#1
          ipversion(6)                             | dst=2001:db8::1#1      | dst=192.0.2.1#1
          mac('02:00:5e:00:00:01', '02:00:5e:00:00:ff') | mac=02:00:5e:00:00:ff | mac=02:00:5e:00:00:02
          mac('00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff') | mac=ff:ff:ff:ff:ff:ff | mac=00:00:00:00:00:00
          pname(curl, kdig)                        | pname=kdig             | pname=kdi
          pname(curl)                              | pname=curl             | pname=curly
          pname(systemd-resolved)                  | pname=systemd-resolve  | pname=systemd-resolv
          pname(systemd-resolve)                   | pname=systemd-resolved | pname=systemd
          dscp(4, 0x3f)                            | dscp=63                | dscp=5
          dscp(0)                                  | dscp=0                 | dscp=1
          """)
  void aTermHoldsOrNot(String term, String fitting, String other) throws Exception {
    TrafficRouter plain = router(term + " -> block");
    TrafficRouter negated = router("!" + term + " -> block");
    assertThat(line(plain, fitting)).as(fitting).isEqualTo(1);
    assertThat(line(plain, other)).as(other).isEqualTo(TrafficText.FALLBACK_LINE);
    assertThat(line(negated, fitting)).as("! " + fitting).isEqualTo(TrafficText.FALLBACK_LINE);
    assertThat(line(negated, other)).as("! " + other).isEqualTo(1);
  }

  @Test
  void whatIsNotKnownFulfilsNoTermAndEveryNegatedOne() throws Exception {
    for (String term :
        List.of("domain(keyword:e)", "domain(regex:'.')", "mac('02:00:00:00:00:01')", "pname(x)")) {
      assertThat(line(router(term + " -> block"))).isEqualTo(TrafficText.FALLBACK_LINE);
      assertThat(line(router("!" + term + " -> block"))).isEqualTo(1);
    }
  }

  @Test
  void whatMayBeDoneForOtherSendersEndsAtTheFirstRuleThatDoesNotAskForThem() throws Exception {
    TrafficRouter router =
        router(
            "sip(10.0.0.1) && dip(192.0.2.1) -> one",
            "mac('02:00:5e:00:00:01') && dport(443) -> two",
            "pname(curl) -> must_rules",
            "dip(192.0.2.0/24) && l4proto(udp) -> three",
            "sip(10.0.0.2) -> four");
    assertThat(router.asksSender()).isTrue();
    assertThat(lines(router, "dst=192.0.2.1#53", "proto=udp")).containsExactly(1, 4);
    assertThat(lines(router, "dst=192.0.2.2#443", "proto=udp")).containsExactly(2, 4);
    assertThat(lines(router, "dst=192.0.2.2#53", "proto=udp")).containsExactly(4);
    assertThat(lines(router, "dst=192.0.2.1#443", "proto=tcp"))
        .containsExactly(1, 2, 5, TrafficText.FALLBACK_LINE);
    assertThat(router("dip(192.0.2.1) && l4proto(tcp) -> one").asksSender()).isFalse();
  }

  private static List<Integer> lines(TrafficRouter router, String... facts) {
    return router.routesOfAnySender(TrafficText.flow(facts)).stream()
        .map(it -> it.place().line())
        .toList();
  }

  @Test
  void aProtocolThatNoPacketHasNeverMatches() throws Exception {
    assertThat(line(router("l4proto(sctp) -> block"))).isEqualTo(TrafficText.FALLBACK_LINE);
    assertThat(line(router("!l4proto(sctp) -> block"))).isEqualTo(1);
  }

  @Test
  void allTermsOfARuleMustHoldAlsoSeveralOnOneFact() throws Exception {
    TrafficRouter router =
        router(
            "dip(198.51.100.0/24) && !dip(198.51.100.7) && dport(443) -> block",
            "domain(example.com) && !domain(full:www.example.com) && l4proto(tcp) -> one");
    assertThat(line(router)).isEqualTo(TrafficText.FALLBACK_LINE);
    assertThat(line(router, "dst=198.51.100.8#443")).isEqualTo(1);
    assertThat(line(router, "dst=198.51.100.8#80")).isEqualTo(TrafficText.FALLBACK_LINE);
    assertThat(line(router, "domain=www.example.com")).isEqualTo(TrafficText.FALLBACK_LINE);
    assertThat(line(router, "domain=m.example.com")).isEqualTo(2);
    assertThat(line(router, "domain=m.example.com", "proto=udp"))
        .isEqualTo(TrafficText.FALLBACK_LINE);
  }

  @Test
  void anOutboundIsDirectBlockOrAGroupWithMustAndMark() throws Exception {
    TrafficRouter router =
        router(
            "dport(1) -> direct(mark: 0x80000001)",
            "dport(2) -> must_direct",
            "dport(3) -> block(must)",
            "dport(4) -> one(must, mark: 7)",
            "dport(5) -> two",
            "dport(6) -> one");
    assertThat(route(router, 1))
        .isInstanceOf(TrafficRoute.Direct.class)
        .returns(0x80000001, TrafficRoute::mark)
        .returns(false, TrafficRoute::must);
    assertThat(route(router, 2))
        .isInstanceOf(TrafficRoute.Direct.class)
        .returns(true, TrafficRoute::must);
    assertThat(route(router, 3))
        .isInstanceOf(TrafficRoute.Block.class)
        .returns(true, TrafficRoute::must);
    assertThat(route(router, 4))
        .isInstanceOfSatisfying(
            TrafficRoute.ToGroup.class,
            group -> {
              assertThat(group.group()).isEqualTo("one");
              assertThat(group.number()).isZero();
              assertThat(group.mark()).isEqualTo(7);
              assertThat(group.must()).isTrue();
            });
    assertThat(route(router, 5))
        .isInstanceOfSatisfying(
            TrafficRoute.ToGroup.class, group -> assertThat(group.number()).isEqualTo(1));
    assertThat(route(router, 6))
        .isInstanceOfSatisfying(
            TrafficRoute.ToGroup.class, group -> assertThat(group.number()).isZero());
    assertThat(router.groups()).containsExactly("one", "two");
  }

  /** {@code must_rules}: what matches it goes on with the rules, and where it ends is final. */
  @Test
  void mustRulesGoesOnAndMakesWhatFollowsFinal() throws Exception {
    TrafficRouter router =
        router("pname(mosdns) -> must_rules", "dport(53) -> one", "dport(5353) -> must_block");
    assertThat(router.route(TrafficText.flow("pname=mosdns", "dst=192.0.2.1#53")))
        .isInstanceOf(TrafficRoute.ToGroup.class)
        .returns(true, TrafficRoute::must)
        .returns(2, route -> route.place().line());
    assertThat(router.route(TrafficText.flow("dst=192.0.2.1#53")))
        .returns(false, TrafficRoute::must);
    assertThat(router.route(TrafficText.flow("pname=mosdns", "dst=192.0.2.1#80")))
        .isInstanceOf(TrafficRoute.Direct.class)
        .returns(true, TrafficRoute::must)
        .returns(TrafficText.FALLBACK_LINE, route -> route.place().line());
  }

  @Test
  void thousandsOfRulesAreDecidedByTheFirst() throws Exception {
    List<String> rules = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      rules.add("dip(10." + i / 256 + "." + i % 256 + ".0/24) && !sport(9) -> direct");
    }
    TrafficRouter router = router(rules.toArray(String[]::new));
    for (int i = 0; i < 10_000; i += 77) {
      String destination = "dst=10." + i / 256 + "." + i % 256 + ".255#1";
      assertThat(line(router, destination)).isEqualTo(i + 1);
      assertThat(line(router, destination, "src=192.0.2.1#9")).isGreaterThan(10_000);
    }
  }

  @Test
  void moreRulesThanTheBoundAreAnErrorAtTheirPlace() {
    List<String> rules =
        IntStream.rangeClosed(0, 10_000).mapToObj(i -> "dport(1) -> block").toList();
    assertThatThrownBy(() -> TrafficText.rules("direct", rules))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("test.dae:10001:1: error: more than 10000 rules in `routing`");
  }

  @Test
  void moreOutboundsThanTheBoundAreAnErrorAtTheirPlace() throws Exception {
    List<String> rules =
        new ArrayList<>(IntStream.range(0, 248).mapToObj(i -> "dport(1) -> g" + i).toList());
    assertThat(TrafficText.rules("direct", rules).rules()).hasSize(248);
    rules.add("dport(2) -> direct");
    rules.add("dport(2) -> more");
    assertThatThrownBy(() -> TrafficText.rules("direct", rules))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("test.dae:250:13: error: more than 250 outbounds in `routing`");
  }

  @Test
  void aPatternThatCanMatchNothingIsAWarning() throws Exception {
    List<Diagnostic> warnings = new ArrayList<>();
    TrafficRouter.build(
        TrafficText.rules("direct", List.of("domain(keyword:'грач') -> block")),
        new GeoDataFiles(List.of()),
        warnings::add);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.getFirst().place().line()).isEqualTo(1);
  }

  @Test
  void aMissingListIsAnErrorAtItsPlace() throws Exception {
    assertThatThrownBy(() -> router("dport(1) -> block", "dip(geoip:private) -> direct"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("test.dae:2:");
  }

  @Test
  void routingAFlowAllocatesNothing() throws Exception {
    List<String> rules =
        new ArrayList<>(
            List.of(
                "domain(keyword:tracker) -> block",
                "pname(curl) && !domain(full:www.example.com) -> must_rules",
                "dip(10.0.0.0/8) && dport(1-1023) && l4proto(udp) -> one",
                "mac('02:00:5e:10:00:01') -> two"));
    for (int i = 0; i < 2000; i++) {
      rules.add("dip(192.0." + i / 256 + "." + i % 256 + ") -> direct");
    }
    TrafficRouter router = router(rules.toArray(String[]::new));
    TrafficFlow[] flows = {
      TrafficText.flow("dst=192.0.7.200#1"),
      TrafficText.flow("domain=www.example.com", "pname=curl"),
      TrafficText.flow("domain=a.tracker.example", "dst=2001:db8::1#53"),
      TrafficText.flow("dst=10.1.2.3#53", "proto=udp", "domain=x.example")
    };
    int rounds = 20_000;
    route(router, flows, rounds / 10);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    long empty = threads.getCurrentThreadAllocatedBytes() - before;
    before = threads.getCurrentThreadAllocatedBytes();
    route(router, flows, rounds);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before - empty)
        .as("bytes of %d routed flows", rounds * flows.length)
        .isLessThan(rounds / 10);
  }

  private static void route(TrafficRouter router, TrafficFlow[] flows, int rounds) {
    for (int i = 0; i < rounds; i++) {
      for (TrafficFlow flow : flows) {
        router.route(flow);
      }
    }
  }

  private static TrafficRoute route(TrafficRouter router, int port) {
    return router.route(TrafficText.flow("dst=192.0.2.1#" + port));
  }

  private static int line(TrafficRouter router, String... facts) {
    return router.route(TrafficText.flow(facts)).place().line();
  }

  private static TrafficRouter router(String... rules) throws Exception {
    return TrafficRouter.build(
        TrafficText.rules("direct", List.of(rules)), new GeoDataFiles(List.of()), warning -> {});
  }
}
