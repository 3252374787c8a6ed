package dev.gander.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.config.Settings;
import dev.gander.geodata.DatWriter;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DnsRouterTest {

  private static final Client SOMEBODY = client("192.0.2.7");

  @TempDir Path folder;

  private final List<Diagnostic> warnings = new ArrayList<>();

  @Test
  void theFirstRuleThatMatchesDecides() throws Exception {
    DnsRouter router =
        requests(
            "asis",
            "qname(full:www.example.com) -> one",
            "qname(example.com) -> reject",
            "qname(keyword:example) -> two");
    assertThat(route(router, "www.example.com")).isEqualTo("one@1");
    assertThat(route(router, "a.example.com")).isEqualTo("reject@2");
    assertThat(route(router, "example.org")).isEqualTo("two@3");
    assertThat(route(router, "other.org")).isEqualTo("asis@999");
  }

  @Test
  void allTermsOfARuleMustHold() throws Exception {
    DnsRouter router =
        requests(
            "two",
            "qname(example.com) && !qtype(A, AAAA) -> reject",
            "qname(example.com) && !qname(full:example.com) -> one",
            "!qname(com, org) && qtype(28) -> three");
    assertThat(route(router, "a.example.com", RecordType.TXT)).isEqualTo("reject@1");
    assertThat(route(router, "a.example.com", RecordType.A)).isEqualTo("one@2");
    assertThat(route(router, "example.com", RecordType.A)).isEqualTo("two@999");
    assertThat(route(router, "a.net", RecordType.AAAA)).isEqualTo("three@3");
    assertThat(route(router, "a.net", RecordType.A)).isEqualTo("two@999");
    assertThat(route(router, "a.org", RecordType.AAAA)).isEqualTo("two@999");
  }

  @Test
  void aRuleOfRegularExpressionsTakesItsTurn() throws Exception {
    DnsRouter router =
        requests(
            "asis",
            "qname(regex:'^[a-f0-9]+$') -> one",
            "qname(regex:'^ads?[0-9]*\\.', example.net) -> two",
            "!qname(regex:'^www\\.') && qname(example.com) -> three");
    assertThat(route(router, "cafe")).isEqualTo("one@1");
    assertThat(route(router, "ad7.example.com")).isEqualTo("two@2");
    assertThat(route(router, "a.example.net")).isEqualTo("two@2");
    assertThat(route(router, "www.example.com")).isEqualTo("asis@999");
    assertThat(route(router, "a.example.com")).isEqualTo("three@3");
  }

  @Test
  void aClientIsKnownByAddressMacProcessAndInterface() throws Exception {
    DnsRouter router =
        requests(
            "rest",
            "sip(192.0.2.0/28, '2001:db8::/32', '::ffff:198.51.100.0/24', 203.0.113.007) -> address",
            "mac('02:00:5e:10:00:01') -> mac",
            "pname(curl, NetworkManagerDispatcher) -> process",
            "iif(br-lan) -> interface",
            "dscp(46, 0x0a) -> codepoint",
            "vlan(7, 10-19) -> vlan",
            "uid(root, 4294967294) -> user",
            "cgroup(system.slice/cups.service, /user.slice/) -> group",
            "!cgroup('/') && sip(10.0.0.1) -> elsewhere");
    assertThat(route(router, client("192.0.2.15"))).isEqualTo("address@1");
    assertThat(route(router, client("2001:db8::9"))).isEqualTo("address@1");
    assertThat(route(router, client("198.51.100.9"))).isEqualTo("address@1");
    assertThat(route(router, client("203.0.113.7"))).isEqualTo("address@1");
    assertThat(route(router, client("192.0.2.16"))).isEqualTo("rest@999");
    Client client = client("10.0.0.1");
    client.setMac(0x02005e100001L);
    assertThat(route(router, client)).isEqualTo("mac@2");
    client.clearIdentity();
    client.setProcess(1, "curl");
    assertThat(route(router, client)).isEqualTo("process@3");
    client.setProcess(1, "NetworkManagerD"); // what the kernel keeps of it
    assertThat(route(router, client)).isEqualTo("process@3");
    client.clearIdentity();
    client.setIfindex(4);
    assertThat(route(router, client)).isEqualTo("interface@4");
    client.setIfindex(5);
    assertThat(route(router, client)).isEqualTo("elsewhere@9");
    client.setDscp(10);
    assertThat(route(router, client)).isEqualTo("codepoint@5");
    client.clearIdentity();
    client.setVlan(19);
    assertThat(route(router, client)).isEqualTo("vlan@6");
    client.clearIdentity();
    for (int user : new int[] {0, -2}) {
      client.setOwner(user, 0, "");
      assertThat(route(router, client)).isEqualTo("user@7");
    }
    for (String group :
        List.of("/system.slice/cups.service", "/system.slice/cups.service/x", "/user.slice/a/b")) {
      client.setOwner(1, 9, group);
      assertThat(route(router, client)).isEqualTo("group@8");
    }
    for (String group : List.of("/", "/system.slice/cups.service2", "/user.slices")) {
      client.setOwner(1, 9, group);
      assertThat(route(router, client)).isEqualTo("rest@999");
    }
  }

  @Test
  void rulesWithTheSameOutcomeHaveTheSamePolicy() throws Exception {
    DnsRouter router =
        requests("b", "qname(one) -> a", "qname(two) -> b", "sip(192.0.2.7) && qname(x) -> a");
    assertThat(policy(router, "one")).isEqualTo(policy(router, "x")).isZero();
    assertThat(policy(router, "two")).isEqualTo(policy(router, "other")).isEqualTo(1);
    assertThat(router.policies()).containsExactly("a", "b");
  }

  @Test
  void anAnswerIsJudgedByNameTypeAddressAndUpstream() throws Exception {
    DnsRouter router =
        responses(
            "accept",
            "upstream(trusted) -> accept",
            "ip(10.0.0.0/8, 'fd00::/8') && !qname(lan) -> reject",
            "qtype(TXT) && upstream(second) -> third",
            "!ip(0.0.0.0/0) && qtype(A) -> second");
    assertThat(response(router, "a.org", "trusted", "10.1.1.1")).isEqualTo("accept@1");
    assertThat(response(router, "a.org", "first", "192.0.2.1", "10.1.1.1")).isEqualTo("reject@2");
    assertThat(response(router, "a.lan", "first", "10.1.1.1")).isEqualTo("accept@999");
    assertThat(response(router, "a.org", "first", "fd00::1")).isEqualTo("reject@2");
    assertThat(response(router, "a.org", "first", "192.0.2.1")).isEqualTo("accept@999");
    assertThat(response(router, "a.org", "first")).isEqualTo("second@4");
  }

  @Test
  void selectorsAreForGandersOwnLookUpsOnly() throws Exception {
    DnsRouter router =
        requests(
            "asis",
            "sub(mine) -> one",
            "node(hk, name_keyword: us) -> two",
            "subnode(subtag: mine, subtag_regex: '^x[0-9]$', name_keyword: HK) -> three",
            "subnode(subtag: mine) -> four",
            "sub() -> five");
    assertThat(route(router, "example.com")).isEqualTo("asis@999");
    assertThat(own(router, OwnLookup.ofSubscription("mine"))).isEqualTo("one");
    assertThat(own(router, OwnLookup.ofSubscription("other"))).isEqualTo("five");
    assertThat(own(router, OwnLookup.ofNode("hk"))).isEqualTo("two");
    assertThat(own(router, OwnLookup.ofNode("my us 2"))).isEqualTo("two");
    assertThat(own(router, OwnLookup.ofSubscriptionNode("mine", "HK 1"))).isEqualTo("three");
    assertThat(own(router, OwnLookup.ofSubscriptionNode("x7", "HK 1"))).isEqualTo("three");
    assertThat(own(router, OwnLookup.ofSubscriptionNode("mine", "JP"))).isEqualTo("four");
    assertThat(router.ownLookup(OwnLookup.ofNode("hk2"))).isEmpty();
  }

  @Test
  void listsOfGeodataFilesAreRules() throws Exception {
    Files.write(
        folder.resolve("geosite.dat"),
        new DatWriter()
            .site("CN", "suffix:cn", "full:Example.com@ads", "keyword:baidu", "regex:^ad\\d\\.")
            .site("category-scholar-!cn", "suffix:arxiv.org")
            .toByteArray());
    Files.write(
        folder.resolve("mine.dat"), new DatWriter().site("x", "suffix:mine.org").toByteArray());
    DnsRouter router =
        requests(
            "asis",
            "qname(geosite:cn@ads) -> ads",
            "qname(geosite:cn) -> cn",
            "qname(geosite:category-scholar-!cn, ext:'mine.dat:X') -> other");
    assertThat(route(router, "example.com")).isEqualTo("ads@1");
    assertThat(route(router, "a.cn")).isEqualTo("cn@2");
    assertThat(route(router, "www.baidu.com")).isEqualTo("cn@2");
    assertThat(route(router, "ad1.org")).isEqualTo("cn@2");
    assertThat(route(router, "www.arxiv.org")).isEqualTo("other@3");
    assertThat(route(router, "mine.org")).isEqualTo("other@3");
    assertThat(warnings).isEmpty();
  }

  @Test
  void aListOfAddressesMayMeanAllOthers() throws Exception {
    Files.write(
        folder.resolve("geoip.dat"),
        new DatWriter()
            .ip("private", false, new byte[][] {{10, 0, 0, 0}}, 8)
            .ip("abroad", true, new byte[][] {{(byte) 192, 0, 2, 0}}, 24)
            .toByteArray());
    DnsRouter router =
        responses("accept", "ip(geoip:Private) -> reject", "ip(geoip:abroad) -> one");
    assertThat(response(router, "a", "u", "10.0.0.1")).isEqualTo("reject@1");
    assertThat(response(router, "a", "u", "198.51.100.1")).isEqualTo("one@2");
    assertThat(response(router, "a", "u", "192.0.2.1")).isEqualTo("accept@999");
    assertThat(response(router, "a", "u", "2001:db8::")).isEqualTo("one@2");
  }

  @Test
  void everythingMissingIsToldAtOnceWithPlaceAndRemedy() throws IOException {
    Files.write(
        folder.resolve("geosite.dat"), new DatWriter().site("cn", "suffix:cn").toByteArray());
    Files.write(folder.resolve("cut.dat"), new byte[] {10, 90, 10, 2, 'c', 'n'});
    assertThatThrownBy(() ->
            requests(
                "asis",
                "qname(geosite:gfw, geosite:cn) -> one",
                "qname(ext:'none.dat:x') -> one",
                "qname(ext:'cut.dat:cn') -> one",
                "sip(geoip:cn) -> one"))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.diagnostics())
                    .map(Diagnostic::toString)
                    .satisfiesExactly(
                        one ->
                            assertThat(one)
                                .contains("test.dae:1:")
                                .contains(": error: 'gfw' is not in " + folder),
                        two ->
                            assertThat(two)
                                .contains("test.dae:2:")
                                .contains(": error: there is no file none.dat")
                                .contains("put it into one of the folders " + folder),
                        three ->
                            assertThat(three)
                                .contains("test.dae:3:")
                                .contains(": error: " + folder.resolve("cut.dat"))
                                .contains("at byte 2: "),
                        four ->
                            assertThat(four)
                                .contains("test.dae:4:")
                                .contains(": error: there is no file geoip.dat")));
  }

  @Test
  void whatRefersToGeodataInVainIsFoundWithoutReadingTheLists() throws Exception {
    Files.write(
        folder.resolve("geosite.dat"), new DatWriter().site("CN", "what:bad").toByteArray());
    Settings settings =
        RuleText.requests(
            "asis",
            List.of("qname(geosite:cn@ads, geosite:gfw) -> reject", "sip(geoip:cn) -> reject"));
    assertThat(GeoReferences.missing(settings, new GeoDataFiles(List.of(folder))))
        .allMatch(Diagnostic::isError)
        .map(diagnostic -> diagnostic.place().line() + " " + diagnostic.message())
        .containsExactly(
            "1 'gfw' is not in " + folder.resolve("geosite.dat"), "2 there is no file geoip.dat");
  }

  @Test
  void whatCanMatchNothingIsAWarning() throws Exception {
    Files.write(
        folder.resolve("geosite.dat"),
        new DatWriter().site("cn", "suffix:cn", "full:a..b").toByteArray());
    requests("asis", "qname(keyword:'中国') -> one", "qname(geosite:cn, geosite:cn@no) -> one");
    assertThat(warnings)
        .map(Diagnostic::toString)
        .satisfiesExactly(
            one ->
                assertThat(one)
                    .contains("test.dae:1:")
                    .contains(": warning: no domain name can match"),
            two -> assertThat(two).contains("test.dae:2:").contains(": warning: 1 entries of 'cn'"),
            three -> assertThat(three).contains("test.dae:2:").contains(": warning: 'cn@no' of "));
  }

  @Test
  void manyRulesKeepTheirOrder() throws Exception {
    String[] rules = new String[300];
    Arrays.setAll(rules, i -> "qname(n" + (i % 150) + ".example, shared) -> u" + i);
    DnsRouter router = requests("asis", rules);
    assertThat(route(router, "n149.example")).isEqualTo("u149@150");
    assertThat(route(router, "n0.example")).isEqualTo("u0@1");
    assertThat(route(router, "shared")).isEqualTo("u0@1");
  }

  private DnsRouter requests(String fallback, String... rules) throws ConfigException {
    return build(RuleText.requests(fallback, List.of(rules)));
  }

  private DnsRouter responses(String fallback, String... rules) throws ConfigException {
    return build(RuleText.responses(fallback, List.of(rules)));
  }

  private DnsRouter build(Settings settings) throws ConfigException {
    return DnsRouter.build(
        settings.dns(),
        new GeoDataFiles(List.of(folder)),
        index -> index == 4 ? "br-lan" : "",
        warnings::add);
  }

  private static String route(DnsRouter router, String name) {
    return route(router, name, RecordType.A);
  }

  private static String route(DnsRouter router, String name, int type) {
    return text(router.request(Question.of(name, type), SOMEBODY));
  }

  private static String route(DnsRouter router, Client client) {
    return text(router.request(Question.of("example.org", RecordType.A), client));
  }

  private static int policy(DnsRouter router, String name) {
    return router.request(Question.of(name, RecordType.A), SOMEBODY)
            instanceof RequestRoute.To(String upstream, int policy, var _, var place)
        ? policy
        : -1;
  }

  @Test
  void onlyARuleThatNamesTheNameIsNamed() throws Exception {
    DnsRouter router =
        requests(
            "near",
            "qname(lan) && qtype(a) -> near",
            "!qname(example.org) && qtype(aaaa) -> near",
            "sip(192.0.2.9) -> asis");
    DnsRouter answers =
        responses(
            "accept", "qname(lan) -> accept", "!qname(example.org) && upstream(near) -> accept");

    assertThat(named(router, "nas.lan", RecordType.A)).isTrue();
    assertThat(named(router, "nas.lan", RecordType.AAAA)).isFalse();
    assertThat(named(router, "nas.lan", RecordType.TXT)).isFalse();
    assertThat(acceptedByName(answers, "nas.lan")).isTrue();
    assertThat(acceptedByName(answers, "example.com")).isFalse();
    assertThat(acceptedByName(answers, "example.org")).isFalse();
  }

  private static boolean named(DnsRouter router, String name, int type) {
    return router.request(Question.of(name, type), SOMEBODY).named();
  }

  private static boolean acceptedByName(DnsRouter router, String name) throws Exception {
    Question question = Question.of(name, RecordType.A);
    return router.response(question, answer(question, "192.0.2.7"), "near", "near")
            instanceof ResponseRoute.Accept(boolean named, var _)
        && named;
  }

  private static String own(DnsRouter router, OwnLookup lookup) {
    return router.ownLookup(lookup).orElseThrow().upstream();
  }

  private static String text(RequestRoute route) {
    String what =
        switch (route) {
          case RequestRoute.Reject reject -> "reject";
          case RequestRoute.AsIs asIs -> "asis";
          case RequestRoute.To to -> to.upstream();
        };
    return what + "@" + route.place().line();
  }

  private static String response(
      DnsRouter router, String name, String upstream, String... addresses) throws Exception {
    Question question = Question.of(name, RecordType.A);
    ResponseRoute route =
        router.response(question, answer(question, addresses), upstream, upstream);
    String what =
        switch (route) {
          case ResponseRoute.Accept accept -> "accept";
          case ResponseRoute.Reject reject -> "reject";
          case ResponseRoute.Ask ask -> ask.upstream();
        };
    return what + "@" + route.place().line();
  }

  private static Answer answer(Question question, String... addresses) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 0, (byte) 0x81, (byte) 0x80, 0, 1, 0, (byte) addresses.length});
    out.writeBytes(new byte[4]);
    out.writeBytes(question.wireName());
    out.writeBytes(new byte[] {0, (byte) question.type(), 0, 1});
    for (String literal : addresses) {
      byte[] address = InetAddress.ofLiteral(literal).getAddress();
      int type = address.length == 4 ? RecordType.A : RecordType.AAAA;
      out.writeBytes(new byte[] {(byte) 0xc0, 12, 0, (byte) type, 0, 1, 0, 0, 1, 0, 0});
      out.write(address.length);
      out.writeBytes(address);
    }
    return Answer.parse(out.toByteArray(), 0, out.size(), question);
  }

  private static Client client(String address) {
    Client client = new Client();
    client.setSource(new InetSocketAddress(InetAddress.ofLiteral(address), 4711));
    return client;
  }
}
