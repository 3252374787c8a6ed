package dev.gander.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.daemon.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainCommandTest {

  private static final String RULES =
      """
      global { block_with: drop }
      group { proxy { policy: min } }
      dns { upstream { it: 'udp://192.0.2.53' } routing { request { fallback: it } } }
      routing {
        dip(192.0.2.53) && dport(53) -> must_direct
        pname(curl) -> direct(mark: 0x21)
        mac('02:00:5e:00:00:07') && l4proto(udp) -> block
        domain(suffix: example.com) && sport(4000) -> proxy
        dscp(46) -> block
        fallback: direct
      }
      """;

  @TempDir private Path temporary;

  private Commands.Result explain(String text, String... words) throws Exception {
    Path file = Files.writeString(temporary.resolve("test.dae"), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    List<String> all = new ArrayList<>(List.of("explain", "-c", file.toString(), "flow"));
    all.addAll(List.of(words));
    return Commands.run(all.toArray(String[]::new));
  }

  private String explained(String... words) throws Exception {
    Commands.Result result = explain(RULES, words);
    assertThat(result.err()).isEmpty();
    assertThat(result.status()).isEqualTo(ExitStatus.OK);
    return result.out();
  }

  @Test
  void aFlowIsDecidedByTheRuleThatTheFileHas() throws Exception {
    String from = "192.0.2.9:4000";
    assertThat(explained("tcp", from, "198.51.100.7:443", "--domain", "WWW.Example.com"))
        .contains(
            "test.dae:8:3: domain(suffix: example.com) && sport(4000) -> proxy",
            "outbound proxy",
            "only DNS goes by groups yet",
            "decided in the kernel, by lan_ingress");
    assertThat(explained("tcp", from, "198.51.100.7:443"))
        .contains("no rule matches; fallback at", "test.dae:10", "outbound direct", "it passes");
    assertThat(explained("udp", from, "198.51.100.7:443", "--mac", "02-00-5E-00-00-07"))
        .contains("test.dae:7:3", "outbound block", "dropped in silence");
    assertThat(explained("tcp", from, "198.51.100.7:443", "--mac", "02:00:5e:00:00:07"))
        .contains("fallback");
    assertThat(explained("tcp", "[2001:db8::1]:9", "[2001:db8::2]:9", "--pname", "curl"))
        .contains("test.dae:6:3", "outbound direct, mark 0x21", "with the mark", "wan_egress");
    assertThat(explained("tcp", from, "198.51.100.7:443", "--dscp", "46")).contains("test.dae:9:3");
  }

  @Test
  void aQueryGoesToGanderUnlessARuleLetsItBy() throws Exception {
    assertThat(explained("udp", "192.0.2.9:4000", "198.51.100.7:53"))
        .contains("it goes to gander, which answers by dns.routing");
    assertThat(explained("udp", "192.0.2.9:4000", "192.0.2.53:53"))
        .contains("test.dae:5:3", "outbound direct, for DNS too (must)", "it passes")
        .doesNotContain("goes to gander");
    assertThat(explained("udp", "192.0.2.9:4000", "224.0.0.251:5353")).contains("not judged");
  }

  @Test
  void programsReadIt() throws Exception {
    String line =
        explained("tcp", "192.0.2.9:4000", "192.0.2.1:9", "--domain", "example.com", "--json");
    assertThat(Json.parseObject(line))
        .containsAllEntriesOf(
            Map.of("line", 8L, "outbound", "proxy", "fallback", false, "must", false, "mark", 0L));
  }

  private static final String QUESTIONS =
      """
      global { }
      group { proxy { policy: min } }
      dns {
        use_hosts: false
        hosts { own.example: 192.0.2.1 }
        upstream { near: 'udp://192.0.2.53' far: 'tls://dns.example' tied: 'tcp://192.0.2.7?interface=eth1' }
        upstream_group { both { upstream: near, far } }
        routing {
          request {
            qname(suffix: ads.example) -> reject
            vlan(10-19) && mac('02:00:5e:00:00:07') -> near
            uid(nobody) -> far
            cgroup(user.slice) && dscp(46) -> tied
            iif(lan1) -> asis
            sip(192.0.2.0/24) -> both
            fallback: near
          }
          response {
            qname(full: other.example) -> accept
            upstream(near) && ip(10.0.0.0/8) -> far
            upstream(far) -> accept
            qtype(TXT) -> reject
            fallback: reject
          }
        }
      }
      routing {
        pname(curl) && dip(192.0.2.53) -> proxy
        sip(192.0.2.66) && dip(192.0.2.67) && dport(53) -> must_direct
        sip(192.0.2.66) && dport(53) -> block
        domain(dns.example) -> block
        fallback: direct(mark: 0x7)
      }
      """;

  private String question(String... words) throws Exception {
    Path file = Files.writeString(temporary.resolve("test.dae"), QUESTIONS);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    List<String> all = new ArrayList<>(List.of("explain", "-c", file.toString()));
    all.addAll(List.of(words));
    Commands.Result result = Commands.run(all.toArray(String[]::new));
    assertThat(result.err()).isEmpty();
    assertThat(result.status()).isEqualTo(ExitStatus.OK);
    return result.out();
  }

  @Test
  void aQuestionIsDecidedByAllThatIsToldOfItsClient() throws Exception {
    assertThat(question("x.ADS.example"))
        .contains("x.ads.example A", "test.dae:10:7: qname(suffix: ads.example) -> reject")
        .contains("\nrejected\n");
    assertThat(question("own.example")).contains("answered without a server");
    assertThat(question("a.example", "aaaa", "--vlan", "12", "--mac", "02-00-5E-00-00-07"))
        .contains("a.example AAAA", "test.dae:11:7", "asked of near", "near: udp://192.0.2.53:53")
        .contains("fallback at", "test.dae:32:13", "straight, mark 0x7")
        .containsSubsequence("test.dae:20:7", "(far)", "test.dae:23:17", "(reject)")
        .doesNotContain("test.dae:19", "test.dae:21", "test.dae:22");
    assertThat(question("a.example", "TXT", "--uid", "nobody"))
        .contains("test.dae:12:7", "far: tls://dns.example:853", "not looked up")
        .contains("test.dae:31:3: domain(dns.example) -> block", "blocked")
        .contains("test.dae:21:7: upstream(far) -> accept (accept)")
        .doesNotContain("test.dae:22");
    assertThat(question("a.example", "--cgroup", "user.slice/x", "--dscp", "46"))
        .contains("test.dae:13:7", "tied: tcp://192.0.2.7:53", "straight, by the interface");
    assertThat(question("a.example", "--iface", "lan1", "--asked", "192.0.2.53", "--pname", "curl"))
        .contains("test.dae:14:7", "asis: udp://192.0.2.53")
        .contains("test.dae:28:3", "group proxy, by whichever node its policy says");
    assertThat(question("a.example", "--from", "192.0.2.9"))
        .contains("test.dae:15:7", "asked of both", "  near: ", "  far: ");
    assertThat(question("a.example")).contains("no rule matches; fallback at", "test.dae:16:17");
    assertThat(question("a.example", "--from", "192.0.2.66", "--asked", "192.0.2.67"))
        .contains("packet: rule at", "test.dae:29:3", "passes by gander")
        .doesNotContain("request:");
    assertThat(question("a.example", "--from", "192.0.2.66", "--asked", "192.0.2.68"))
        .contains("packet: rule at", "test.dae:30:3", "blocked before it comes to gander");
  }

  @Test
  void programsReadWhatBecomesOfAQuestion() throws Exception {
    Map<String, Object> object =
        Json.parseObject(question("a.example", "TXT", "--uid", "65534", "--json"));
    assertThat(object)
        .containsAllEntriesOf(
            Map.of("name", "a.example", "type", "TXT", "outcome", "asked of far"));
    assertThat(object.get("request_rule")).asString().contains("line=12", "fallback=false");
    assertThat(object.get("upstreams")).asString().contains("traffic_rule", "line=31");
  }

  @Test
  void wrongWordsAreTold() throws Exception {
    for (List<String> wrong :
        List.of(
            List.of("a.example", "nonsense"),
            List.of("a..example"),
            List.of("a.example", "--mac", "02:00"),
            List.of("a.example", "--uid", "nobody-at-all"),
            List.of("a.example", "--vlan", "4095"),
            List.of("a.example", "--dscp", "64"),
            List.of("a.example", "--from", "here"),
            List.of("a.example", "--domain", "b.example"),
            List.of("flow", "tcp", "192.0.2.9:4000", "192.0.2.9:1", "--uid", "0"),
            List.of("flow", "tcp", "192.0.2.9:4000", "192.0.2.9:1", "--cgroup", "x"),
            List.of("flow", "tcp", "192.0.2.9:4000"),
            List.of("flow", "tcp", "192.0.2.9:4000", "192.0.2.9"),
            List.of("flow", "sctp", "192.0.2.9:4000", "192.0.2.9:1"))) {
      List<String> all = new ArrayList<>(List.of("explain"));
      all.addAll(wrong);
      Commands.Result result = Commands.run(all.toArray(String[]::new));
      assertThat(result.status()).as(wrong + result.err()).isEqualTo(ExitStatus.WRONG_USAGE);
    }
  }

  @Test
  void aWrongFileIsSaidToBeSo() throws Exception {
    String[] flow = {"tcp", "192.0.2.9:4000", "192.0.2.1:9"};
    Commands.Result result = explain(RULES.replace("dscp(46)", "nonsense(46)"), flow);
    assertThat(result.status()).isEqualTo(ExitStatus.WRONG_INPUT);
    assertThat(result.err()).contains("test.dae:9");
  }
}
