package dev.gander.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.FakeClock;
import dev.gander.config.Diagnostic;
import dev.gander.config.Settings;
import dev.gander.group.Nodes.Subscribed;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeGroupTest {

  private static final Use USE = Use.DNS_UDP4;

  private final FakeClock clock = new FakeClock();

  // Filters

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "                                                 ;HK 1, HK 2, SG 1, mine, Expire: 9",
        "filter: name(mine)                               ;mine",
        "filter: name(mine, 'SG 1')                       ;SG 1, mine",
        "filter: name(keyword: 'HK')                      ;HK 1, HK 2",
        "filter: name(keyword: 'hk')                      ;",
        "filter: name(regex: '^(hk|HK) [2-9]$')           ;HK 2",
        "filter: name(regex: '(?i)sg')                    ;SG 1",
        "filter: subtag(s)                                ;HK 1, HK 2, Expire: 9",
        "filter: subtag(regex: '^[st]$')                  ;HK 1, HK 2, SG 1, Expire: 9",
        "filter: !subtag(s)                               ;SG 1, mine",
        "filter: subtag(s) && !name(keyword: 'Expire')    ;HK 1, HK 2",
        "filter: name(mine) filter: subtag(t)             ;SG 1, mine",
        "filter: name(full: 'HK 1', regex: '9$')          ;HK 1, Expire: 9",
      })
  void filtersTakeTheNodesTheyDescribe(String filters, String expected) {
    String written = filters == null ? "" : filters;
    Settings settings =
        TestGroups.settings(
            "node { mine: 'socks5://192.0.2.1' } group { g { " + written + " policy: min } }");
    List<Subscribed> subscribed =
        List.of(
            TestGroups.subscribed("s", "socks5://192.0.2.1#HK 1", "socks5://192.0.2.1#HK 2"),
            TestGroups.subscribed("t", "socks5://192.0.2.1#SG 1"),
            TestGroups.subscribed("s", "socks5://192.0.2.1#Expire: 9"));
    Nodes nodes = Nodes.of(settings.nodes(), subscribed);
    Groups groups = new Groups(settings, nodes, TestGroups.parts(clock, new Counters()));

    assertThat(groups.find("g").orElseThrow().nodes())
        .extracting(Node::name)
        .containsExactlyInAnyOrder(expected == null ? new String[0] : expected.split(", "));
  }

  @Test
  void anExponentialExpressionEndsAndMatchesNothing() {
    Settings settings =
        TestGroups.settings("group { g { filter: name(regex: '^(a|a?)+$') policy: min } }");
    Nodes nodes =
        Nodes.of(
            List.of(),
            List.of(TestGroups.subscribed("s", "socks5://192.0.2.1#" + "a".repeat(60) + "!")));
    Groups groups = new Groups(settings, nodes, TestGroups.parts(clock, new Counters()));

    assertThat(groups.find("g").orElseThrow().nodes()).isEmpty();
    assertThat(groups.warnings()).singleElement().asString().contains("group `g` has no node");
  }

  @Test
  void whatNoSubscriptionCanMendIsToldOfTheFile() {
    String nodes = "node { a: 'socks5://192.0.2.1:1080' } ";
    String groups =
        "group { none { filter: name(b) policy: min } beyond { policy: fixed(1) }"
            + " sound { filter: name(a) policy: fixed(0) } }";

    assertThat(Groups.mistakes(TestGroups.settings(nodes + groups)))
        .extracting(Diagnostic::message)
        .containsExactly(
            "group `none` has no node: what goes there fails",
            "group `beyond` has 1 node, and none at 1");
    assertThat(
            Groups.mistakes(
                TestGroups.settings(
                    nodes + groups + " subscription { s: 'https://sub.example/' }")))
        .isEmpty();
  }

  // Policies

  @ParameterizedTest
  @CsvSource({"min, b", "min_avg10, a", "min_moving_avg, c", "hedge, c"})
  void eachLatencyPolicyTakesTheBestByItsOwnMeasure(String policy, String expected)
      throws NoNodeException {
    NodeGroup group = TestGroups.group(3, "policy: " + policy, clock);
    checks(group, "a", 20, 20, 20, 20, 20, 60); //  avg 27  moving 40  last 60
    checks(group, "b", 90, 90, 90, 90, 90, 10); //  avg 77  moving 50  last 10
    checks(group, "c", 80, 80, 80, 20, 20, 20); //  avg 50  moving 28  last 20

    assertThat(pick(group)).isEqualTo(expected);
  }

  @Test
  void addedLatencyCountsAndMayBeNegative() throws NoNodeException {
    NodeGroup group =
        TestGroups.group(
            3,
            "filter: name(a) [add_latency: 30ms] filter: name(b) filter: name(c) [add_latency: -30ms]"
                + " policy: min",
            clock);
    checks(group, "a", 10);
    checks(group, "b", 30);
    checks(group, "c", 50);

    assertThat(pick(group)).isEqualTo("c");
  }

  @Test
  void aCheckThatFailedWeighsOnTheAverages() throws NoNodeException {
    NodeGroup group = TestGroups.group(2, "policy: min_moving_avg", clock);
    checks(group, "a", 10, 10, 0, 10);
    checks(group, "b", 200);

    assertThat(pick(group)).isEqualTo("b");
  }

  @Test
  void theNodeStaysWhileNoOtherIsBetterByMoreThanTheTolerance() throws NoNodeException {
    NodeGroup group = TestGroups.group(2, "policy: min check_tolerance: 20ms", clock);
    checks(group, "a", 50);
    checks(group, "b", 60);
    List<String> picked = new ArrayList<>();
    for (int latency : new int[] {40, 35, 30, 29, 45, 49}) {
      checks(group, "b", latency);
      picked.add(pick(group));
    }
    checks(group, "a", 28);
    picked.add(pick(group));

    assertThat(picked).containsExactly("a", "a", "a", "b", "b", "b", "a");
  }

  @Test
  void aDeadNodeIsLeftDespiteTheTolerance() throws NoNodeException {
    NodeGroup group = TestGroups.group(2, "policy: min check_tolerance: 10s", clock);
    checks(group, "a", 50);
    checks(group, "b", 60);
    checks(group, "a", 0);

    assertThat(pick(group)).isEqualTo("b");
  }

  @Test
  void randomAndWeightedSpreadFlowsOverTheLiving() throws NoNodeException {
    NodeGroup even = TestGroups.group(4, "policy: random", clock);
    NodeGroup weighted =
        TestGroups.group(
            3,
            "filter: name(a) [weight: 3] filter: name(b) filter: name(c) [weight: 9]"
                + " policy: weighted",
            clock);
    checks(even, "d", 0);
    checks(weighted, "c", 0);

    Map<String, Integer> evenly = spread(even, 3000);
    Map<String, Integer> byWeight = spread(weighted, 4000);

    assertThat(evenly).containsOnlyKeys("a", "b", "c");
    assertThat(evenly.values()).allMatch(count -> count > 850 && count < 1150);
    assertThat(byWeight).containsOnlyKeys("a", "b");
    assertThat(byWeight.get("a")).isBetween(2850, 3150);
  }

  @Test
  void hashKeepsClientsAndMovesOnlyThoseOfANodeThatDied() throws NoNodeException {
    NodeGroup group = TestGroups.group(5, "policy: hash", clock);
    Map<Key, String> before = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      Key key = client("10.0." + i / 250 + "." + i % 250);
      before.put(key, group.pick(USE, key).node().name());
    }
    checks(group, "c", 0);
    int moved = 0;
    for (Map.Entry<Key, String> entry : before.entrySet()) {
      String now = group.pick(USE, entry.getKey()).node().name();
      if (entry.getValue().equals("c")) {
        moved++;
        assertThat(now).isNotEqualTo("c");
      } else {
        assertThat(now).isEqualTo(entry.getValue());
      }
    }

    assertThat(moved).isBetween(130, 270);
    checks(group, "c", 10);
    for (Map.Entry<Key, String> entry : before.entrySet()) {
      assertThat(group.pick(USE, entry.getKey()).node().name()).isEqualTo(entry.getValue());
    }
  }

  @Test
  void hashByDomainKeepsDomainsWhoeverAsks() throws NoNodeException {
    NodeGroup group = TestGroups.group(5, "policy: hash(domain)", clock);
    InetAddress one = InetAddress.ofLiteral("10.0.0.1");
    InetAddress two = InetAddress.ofLiteral("10.0.0.2");
    List<String> nodes = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      String domain = "host" + i + ".example";
      String node = group.pick(USE, new Key(Optional.of(one), domain)).node().name();
      assertThat(group.pick(USE, new Key(Optional.of(two), domain)).node().name()).isEqualTo(node);
      nodes.add(node);
    }

    assertThat(nodes).contains("a", "b", "c", "d", "e");
  }

  @Test
  void hedgeNamesTheNextBestAndTheTimeAfterWhichToAskIt() throws NoNodeException {
    NodeGroup group = TestGroups.group(3, "policy: hedge", clock);
    checks(group, "a", 30);
    checks(group, "b", 90);
    checks(group, "c", 60);

    Choice byChecks = group.pick(USE, Key.NONE);
    for (int i = 0; i < 50; i++) {
      group.worked(USE, byChecks.node(), TimeUnit.MILLISECONDS.toNanos(40));
    }
    Choice byTraffic = group.pick(USE, Key.NONE);

    assertThat(byChecks.node().name()).isEqualTo("a");
    assertThat(byChecks.second().map(Node::name)).contains("c");
    assertThat(Duration.ofNanos(byChecks.usualNanos())).hasMillis(60);
    assertThat(Duration.ofNanos(byTraffic.usualNanos())).hasMillis(40);
    assertThat(TestGroups.group(3, "policy: fixed(0)", clock).pick(USE, Key.NONE).second())
        .isEmpty();
  }

  @Test
  void fixedTakesItsNodeWhateverOthersDo() throws NoNodeException {
    NodeGroup group = TestGroups.group(3, "policy: fixed(1)", clock);
    checks(group, "a", 1);
    checks(group, "b", 0);

    assertThat(pick(group)).isEqualTo("b");
  }

  // Health

  @Test
  void usesAreApart() throws NoNodeException {
    NodeGroup group = TestGroups.group(2, "policy: min", clock);
    checks(group, "a", 10);
    checks(group, "b", 20);
    member(group, "a").checkFailed(Use.TCP4, "refused");

    assertThat(pick(group)).isEqualTo("a");
    assertThat(group.pick(Use.TCP4, Key.NONE).node().name()).isEqualTo("b");
  }

  @Test
  void aNodeWhoseTrafficFailedIsPassedOverUntilACheckOrTrafficWorks() throws NoNodeException {
    NodeGroup group = TestGroups.group(2, "policy: min", clock);
    checks(group, "a", 10);
    checks(group, "b", 20);
    Node a = group.pick(USE, Key.NONE).node();
    List<String> picked = new ArrayList<>();

    group.failed(USE, a, "no answer");
    picked.add(pick(group));
    checks(group, "a", 10);
    picked.add(pick(group));
    group.failed(USE, a, "no answer");
    group.worked(USE, a, 10_000_000);
    picked.add(pick(group));

    assertThat(picked).containsExactly("b", "a", "a");
  }

  @Test
  void suspectsAreUsedWhereNobodyElseIsLeft() throws NoNodeException {
    NodeGroup group = TestGroups.group(2, "policy: min", clock);
    checks(group, "a", 10);
    checks(group, "b", 0);
    group.failed(USE, node(group, "a"), "no answer");

    assertThat(pick(group)).isEqualTo("a");
  }

  @Test
  void aGroupWhoseNodesAreAllDeadFailsAtOnceAndSaysSinceWhenAndWhy() {
    Counters counters = new Counters();
    Groups groups = TestGroups.groups(5, "policy: min", clock, counters);
    NodeGroup group = groups.find("g").orElseThrow();
    for (String name : List.of("a", "b", "c", "d", "e")) {
      member(group, name).checkFailed(USE, name + " is refused");
    }
    clock.advance(Duration.ofSeconds(12));

    assertThatThrownBy(() -> group.pick(USE, Key.NONE))
        .isInstanceOf(NoNodeException.class)
        .hasMessage(
            "no node of group 'g' works for dns udp4: 'a' dead for 12 s: a is refused; 'b' dead for"
                + " 12 s: b is refused; 'c' dead for 12 s: c is refused; and 2 more");
    assertThat(counters.get(Counter.GROUPS_FAILED_FAST)).isEqualTo(1);
  }

  @Test
  void theOnlyNodeIsTriedThoughItsChecksFailUntilTrafficFailsToo() throws NoNodeException {
    NodeGroup group = TestGroups.group(1, "policy: min", clock);
    Node a = node(group, "a");
    checks(group, "a", 0, 0, 0);
    assertThat(pick(group)).isEqualTo("a");

    group.failed(USE, a, "no answer");
    assertThatThrownBy(() -> pick(group)).isInstanceOf(NoNodeException.class);

    clock.advance(Duration.ofSeconds(10));
    assertThat(pick(group)).isEqualTo("a");
    group.worked(USE, a, 1000);
    checks(group, "a", 0);
    assertThat(pick(group)).isEqualTo("a");
  }

  @Test
  void theVersionChangesOnlyWhereAnotherNodeMayBePicked() {
    NodeGroup group = TestGroups.group(2, "policy: min", clock);
    checks(group, "a", 10);
    checks(group, "b", 20);
    long before = group.version();
    checks(group, "b", 19);
    long same = group.version();
    checks(group, "b", 5);

    assertThat(same).isEqualTo(before);
    assertThat(group.version()).isGreaterThan(same);
  }

  @Test
  void groupsWithTheSameChecksShareWhatIsKnownOfANode() throws NoNodeException {
    Settings settings =
        TestGroups.settings(
            "node { a: 'socks5://192.0.2.1' b: 'socks5://192.0.2.2' } group { g { policy: min }"
                + " h { policy: min } other { policy: min check_interval: 7s } }");
    Groups groups =
        new Groups(settings, TestGroups.nodes(settings), TestGroups.parts(clock, new Counters()));
    checks(groups.find("g").orElseThrow(), "a", 0);

    assertThat(pick(groups.find("h").orElseThrow())).isEqualTo("b");
    assertThat(pick(groups.find("other").orElseThrow())).isEqualTo("a");
  }

  @Test
  void nodesComeAndGoAndThoseThatStayKeepWhatIsKnown() throws NoNodeException {
    Groups groups = TestGroups.groups(1, "policy: min", clock, new Counters());
    NodeGroup group = groups.find("g").orElseThrow();
    Node a = group.nodes().getFirst();
    group.worked(Use.TCP4, a, 40);
    Settings settings = TestGroups.settings("node { a: 'socks5://192.0.2.1:1080' }");
    long before = group.version();

    groups.fill(
        Nodes.of(
            settings.nodes(), List.of(TestGroups.subscribed("s", "socks5://192.0.2.9:1080#far"))));
    assertThat(group.nodes()).extracting(Node::name).containsExactly("a", "far");
    assertThat(group.version()).isGreaterThan(before);
    assertThat(group.status())
        .singleElement()
        .satisfies(it -> assertThat(it.state()).isEqualTo("ok"));

    groups.fill(
        Nodes.of(List.of(), List.of(TestGroups.subscribed("s", "socks5://192.0.2.9:1080#far"))));
    assertThat(group.pick(Use.TCP4, new Key(Optional.empty(), "x.test")).node().name())
        .isEqualTo("far");
    group.failed(Use.TCP4, a, "it has gone");
    assertThat(group.status()).isEmpty();
  }

  @Test
  void aReloadKeepsWhatIsKnownOfNodesThatStay() throws NoNodeException {
    Groups before = TestGroups.groups(2, "policy: min", clock, new Counters());
    checks(before.find("g").orElseThrow(), "a", 10, 0);
    checks(before.find("g").orElseThrow(), "b", 20);
    Groups after = TestGroups.groups(3, "policy: min", clock, new Counters());
    after.learnFrom(before);

    NodeGroup group = after.find("g").orElseThrow();
    assertThat(pick(group)).isEqualTo("b");
    assertThat(group.status()).extracting(NodeStatus::node).containsExactly("a", "b");
  }

  @Test
  void statusTellsWhatTheLastChecksTook() {
    NodeGroup group = TestGroups.group(2, "policy: min", clock);
    checks(group, "a", 10, 0, 30);
    checks(group, "b", 0);

    assertThat(group.status())
        .containsExactly(
            new NodeStatus(
                "g",
                "a",
                "",
                "dns udp4",
                "ok",
                true,
                millis(30),
                millis(5040) / 3,
                (millis(10) / 2 + millis(5000) / 2 + millis(30)) / 2,
                List.of(millis(10), 0L, millis(30)),
                ""),
            new NodeStatus(
                "g",
                "b",
                "",
                "dns udp4",
                "dead",
                false,
                0,
                millis(5000),
                millis(5000),
                List.of(0L),
                "dead for 0 s: refused"));
  }

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static Key client(String address) {
    return new Key(Optional.of(InetAddress.ofLiteral(address)), "");
  }

  private static String pick(NodeGroup group) throws NoNodeException {
    return group.pick(USE, Key.NONE).node().name();
  }

  private static Map<String, Integer> spread(NodeGroup group, int flows) throws NoNodeException {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < flows; i++) {
      counts.merge(pick(group), 1, Integer::sum);
    }
    return counts;
  }

  private static Node node(NodeGroup group, String name) {
    return member(group, name).node();
  }

  private static NodeHealth member(NodeGroup group, String name) {
    return group.members().stream()
        .map(Member::health)
        .filter(it -> it.node().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Checks of a node, milliseconds; 0: it failed. */
  private static void checks(NodeGroup group, String name, int... millis) {
    for (int each : millis) {
      if (each == 0) {
        boolean _ = member(group, name).checkFailed(USE, "refused");
      } else {
        member(group, name).checkWorked(USE, millis(each));
      }
    }
  }
}
