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

  @Test
  void aWrongFileIsSaidToBeSo() throws Exception {
    String[] flow = {"tcp", "192.0.2.9:4000", "192.0.2.1:9"};
    Commands.Result result = explain(RULES.replace("dscp(46)", "nonsense(46)"), flow);
    assertThat(result.status()).isEqualTo(ExitStatus.WRONG_INPUT);
    assertThat(result.err()).contains("test.dae:9");
  }
}
