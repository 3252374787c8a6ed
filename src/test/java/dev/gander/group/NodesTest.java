package dev.gander.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.gander.config.Settings;
import dev.gander.node.Listing;
import dev.gander.node.ProxyServer;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodesTest {

  @Test
  void nodesOfTheFileComeFirstThenThoseOfEachSubscription() {
    Settings settings =
        TestGroups.settings("node { a: 'socks5://192.0.2.1' b: 'http://192.0.2.2' }");
    Nodes nodes =
        Nodes.of(
            settings.nodes(),
            List.of(
                TestGroups.subscribed("one", "socks5://192.0.2.3#c"),
                TestGroups.subscribed("two", "socks5://192.0.2.4:99")));

    assertThat(nodes.all())
        .extracting(Node::name, Node::tag)
        .containsExactly(
            tuple("a", ""), tuple("b", ""), tuple("c", "one"), tuple("192.0.2.4:99", "two"));
    assertThat(nodes.warnings()).isEmpty();
  }

  @Test
  void aNameThatIsTakenGetsANumberAndAWarningSaysSo() {
    Settings settings =
        TestGroups.settings("node { a: 'socks5://192.0.2.1' 'socks5://192.0.2.2#a' }");
    Nodes nodes =
        Nodes.of(
            settings.nodes(),
            List.of(TestGroups.subscribed("s", "socks5://192.0.2.3#a", "socks5://192.0.2.4#b")));

    assertThat(nodes.all()).extracting(Node::name).containsExactly("a", "a (2)", "a (3)", "b");
    assertThat(nodes.warnings())
        .containsExactly(
            "x.dae:1:55: warning: the name `a` is taken: this node is called `a (2)` (give it"
                + " another)",
            "subscription `s`: names that are taken, 1, have a number now (`a (3)`)");
  }

  @Test
  void aChainThatStandsInNoFileMayNameNodes() throws Exception {
    Settings settings =
        TestGroups.settings("node { a: 'socks5://192.0.2.1' b: 'a -> http://192.0.2.2' }");
    Nodes nodes = Nodes.of(settings.nodes(), List.of());

    assertThat(nodes.hops("b -> ss://aes-128-gcm:secret@192.0.2.3:1"))
        .extracting(ProxyServer::text)
        .containsExactly("socks5://192.0.2.1:1080", "http://192.0.2.2:80", "ss://192.0.2.3:1");
    assertThatThrownBy(() -> nodes.hops("a -> c")).hasMessage("no node is called `c`");
    assertThatThrownBy(() -> nodes.hops("a->".repeat(8) + "a")).hasMessageContaining("than 8 hops");
    assertThatThrownBy(() -> nodes.hops("socks5:/user:secret@192.0.2.3"))
        .hasMessageContaining("write SCHEME://")
        .hasMessageNotContaining("secret");
  }

  @Test
  void whatIsWeakOrHasNoEffectIsSaidOnceForASubscription() {
    String imitating = "trojan://secret@192.0.2.1:443?fp=chrome";
    Settings settings = TestGroups.settings("node { a: '" + imitating + "' }");
    Nodes nodes =
        Nodes.of(
            settings.nodes(),
            List.of(TestGroups.subscribed("s", imitating + "#b", imitating + "#c")));

    assertThat(nodes.all()).hasSize(3);
    assertThat(nodes.warnings())
        .satisfiesExactly(
            one -> assertThat(one).startsWith("x.dae:1:").contains("node `a`: `fp="),
            two -> assertThat(two).startsWith("subscription `s`, of 2: `fp=").contains("b", "c"));
    assertThat(nodes.warnings().toString()).doesNotContain("secret");
  }

  @Test
  void aLinkThatCannotBeUsedIsNamedAndTheOthersWork() {
    Settings settings =
        TestGroups.settings("node { a: 'juicity://secret@192.0.2.1:1' b: 'socks5://192.0.2.2' }");
    Nodes nodes =
        Nodes.of(
            settings.nodes(),
            List.of(
                new Nodes.Subscribed(
                    "s",
                    new Listing(
                        List.of(
                            "ssr://secret#one",
                            "ssr://secret#two",
                            "socks5://192.0.2.3#c",
                            "ssr://secret#three",
                            "ssr://secret#four"),
                        List.of("`snell` has no share links")))));

    assertThat(nodes.all()).extracting(Node::name).containsExactly("b", "c");
    assertThat(nodes.warnings())
        .containsExactly(
            "x.dae:1:31: warning: node `a` is left out: `juicity` is not spoken yet",
            "subscription `s`: left out 4: `ssr` is not spoken yet (`one`, `two`, `three`, …)",
            "subscription `s`: left out 1: `snell` has no share links");
    assertThat(nodes.warnings().toString()).doesNotContain("secret");
  }

  @Test
  void aChainIsReadFromTheNearestHopToTheFarthest() {
    Settings settings =
        TestGroups.settings("node { x: 'socks5://192.0.2.1 -> http://192.0.2.2:8080' }");

    Nodes nodes = TestGroups.nodes(settings);

    assertThat(nodes.all().getFirst().hops())
        .extracting(ProxyServer::host)
        .containsExactly("192.0.2.1", "192.0.2.2");
  }

  @Test
  void aHopMayBeTheNameOfAnotherNodeOrChainOrOfANodeOfASubscription() {
    Settings settings =
        TestGroups.settings(
            "subscription { s: 'https://example.com' } node { all: 'two -> socks5://192.0.2.4'"
                + " two: 'a -> far' a: 'socks5://192.0.2.1' }");
    Nodes nodes =
        Nodes.of(settings.nodes(), List.of(TestGroups.subscribed("s", "socks5://192.0.2.3#far")));

    assertThat(nodes.all()).extracting(Node::name).containsExactly("a", "far", "all", "two");
    assertThat(nodes.all().get(2).hops())
        .extracting(ProxyServer::host)
        .containsExactly("192.0.2.1", "192.0.2.3", "192.0.2.4");
  }

  @Test
  void aChainThatLeadsThroughItselfOrToNobodyIsLeftOut() {
    Settings settings =
        TestGroups.settings(
            "subscription { s: 'https://example.com' } node { a: 'b -> socks5://192.0.2.1'"
                + " b: 'a -> socks5://192.0.2.1' c: 'nobody -> socks5://192.0.2.1' }");

    Nodes nodes = TestGroups.nodes(settings);

    assertThat(nodes.all()).isEmpty();
    assertThat(nodes.warnings())
        .satisfiesExactly(
            a -> assertThat(a).contains("node `a` is left out: the chain leads through itself"),
            b -> assertThat(b).contains("node `b` is left out: the chain leads through itself"),
            c -> assertThat(c).contains("node `c` is left out: no node is called `nobody`"));
  }

  @Test
  void whatASubscriptionCallsItsNodesIsMadePrintableAndShort() {
    Nodes nodes =
        Nodes.of(
            List.of(),
            List.of(
                TestGroups.subscribed(
                    "s",
                    "socks5://192.0.2.1#a%0A%1B%5B31mb%E2%80%AEc",
                    "socks5://192.0.2.1#" + "x".repeat(500))));

    assertThat(nodes.all()).extracting(Node::name).containsExactly("a  [31mb c", "x".repeat(128));
  }
}
