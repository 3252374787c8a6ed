package dev.gander.daemon;

import static dev.gander.daemon.RouterLab.configuration;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole daemons whose kernel half answers: what it says is what the rules in force say. */
@Tag("kernel")
class KernelAnswersDaemonKernelTest {

  private static final String NOBODY = "198.51.100.53";

  @TempDir private Path folder;
  private RouterLab lab;

  @BeforeEach
  void build() throws Exception {
    lab = new RouterLab("a", folder.resolve("a"));
  }

  @AfterEach
  void remove() throws Exception {
    lab.close();
  }

  private long counted(String section, String name) throws IOException, StartException {
    return lab.status().get(section) instanceof Map<?, ?> counters
            && counters.get(name) instanceof Long count
        ? count
        : 0;
  }

  private String ask(String words) throws IOException {
    return lab.run("ip netns exec %c kdig +timeout=10 +retry=1 " + words);
  }

  @Test
  void theSecondOfTwoIsAnsweredWithoutTheProcess() throws Exception {
    lab.serve(configuration(""));
    assertThat(ask("@" + NOBODY + " a.example")).contains("203.0.113.80");
    assertThat(ask("@198.51.100.77 a.example"))
        .contains("203.0.113.80")
        .contains("From 198.51.100.77@53(UDP)");
    assertThat(counted("queries", "received")).isEqualTo(1);
    assertThat(counted("kernel", "kernel_fresh")).isEqualTo(1);
    assertThat(counted("kernel_answers", "answers")).isEqualTo(1);
  }

  @Test
  void aReloadLeavesNoAnswerOfFormerRules() throws Exception {
    lab.serve(configuration(""));
    for (int i = 0; i < 3; i++) {
      assertThat(ask("@" + NOBODY + " a.example")).contains("203.0.113.80");
      lab.reload(configuration("qname(suffix: a.example) -> reject"));
      assertThat(ask("@" + NOBODY + " a.example")).doesNotContain("203.0.113.80");
      assertThat(ask("@" + NOBODY + " x.a.example")).doesNotContain("203.0.113.80");
      lab.reload(configuration("qname(keyword: a.exa) -> reject"));
      assertThat(ask("@" + NOBODY + " a.example")).doesNotContain("203.0.113.80");
      assertThat(ask("@" + NOBODY + " a.example")).doesNotContain("203.0.113.80");
      lab.reload(configuration(""));
    }
    assertThat(counted("kernel", "kernel_blocked")).isEqualTo(6);
    assertThat(counted("kernel", "kernel_negative")).as("a keyword's are ordinary").isEqualTo(3);
  }

  @Test
  void clientsOfOtherRulesDoNotMeetTheirAnswers() throws Exception {
    lab.must("ip -n %c addr add 192.0.2.3/24 dev eth0");
    lab.serve(
        configuration(
            """
            sip(192.0.2.3) && qname(suffix: b.example) -> it
            qname(suffix: b.example) -> reject
            sip(192.0.2.3) && qname(keyword: c.) -> reject
            """));
    for (int i = 0; i < 3; i++) {
      assertThat(ask("-b 192.0.2.2 @" + NOBODY + " b.example")).doesNotContain("203.0.113.80");
      assertThat(ask("-b 192.0.2.3 @" + NOBODY + " b.example")).contains("203.0.113.80");
      assertThat(ask("-b 192.0.2.2 @" + NOBODY + " c.example")).contains("203.0.113.80");
      assertThat(ask("-b 192.0.2.3 @" + NOBODY + " c.example")).doesNotContain("203.0.113.80");
    }
    assertThat(counted("queries", "received")).as("each class asks once").isEqualTo(4);
  }

  /** One of them by none at all. */
  @Test
  void clientsWhoseQuestionsTakeOtherExitsDoNotMeetTheirAnswers() throws Exception {
    lab.must("ip -n %c addr add 192.0.2.3/24 dev eth0");
    String rule = "routing { sip(192.0.2.3) && dip(203.0.113.53) -> block ";
    lab.serve(configuration("").replace("routing { fallback: direct", rule + "fallback: direct"));
    for (int i = 0; i < 3; i++) {
      assertThat(ask("-b 192.0.2.2 @" + NOBODY + " a.example")).contains("203.0.113.80");
      assertThat(ask("-b 192.0.2.3 @" + NOBODY + " a.example"))
          .contains("SERVFAIL")
          .doesNotContain("203.0.113.80");
    }
    assertThat(counted("kernel", "kernel_fresh")).isEqualTo(2);
    assertThat(counted("queries", "received")).as("failures are no answers").isEqualTo(4);
  }

  @Test
  void theQueryLogHasWhatEitherHalfAnswered() throws Exception {
    Path file = folder.resolve("queries.jsonl");
    lab.serve(configuration("").replace("global {", "global { query_log: '" + file + "' "));
    for (int i = 0; i < 3; i++) {
      assertThat(ask("@" + NOBODY + " a.example")).contains("203.0.113.80");
    }
    assertThat(ask("@" + NOBODY + " x.onion")).contains("NXDOMAIN");
    List<String> lines = List.of();
    while (lines.size() < 4) {
      lines = Files.readAllLines(file);
    }
    assertThat(lines.getFirst())
        .contains("\"client\":\"192.0.2.2\"", "\"asked\":\"" + NOBODY + "\"")
        .contains("\"name\":\"a.example\",\"type\":\"A\",\"rcode\":\"NOERROR\"")
        .contains("\"how\":\"answered_from_upstream\",\"from\":\"it\"");
    assertThat(lines)
        .filteredOn(line -> line.contains("\"how\":\"kernel_fresh\",\"from\":\"kernel\""))
        .hasSize(2)
        .allMatch(line -> line.contains("\"name\":\"a.example\",\"type\":\"A\""))
        .allMatch(line -> line.contains("\"client\":\"192.0.2.2\""));
    assertThat(lines)
        .anyMatch(line -> line.contains("x.onion") && line.contains("answered_locally"));
  }

  @Test
  void asIsAnswersBelongToTheServerThatWasAsked() throws Exception {
    lab.must("ip -n %i addr add 203.0.113.54/24 dev eth0");
    lab.serve(configuration("").replace("fallback: it\n", "fallback: asis\n"));
    assertThat(ask("@203.0.113.53 a.example")).contains("203.0.113.80");
    assertThat(ask("@203.0.113.53 a.example")).contains("203.0.113.80");
    assertThat(counted("kernel", "kernel_fresh")).isEqualTo(1);
    assertThat(ask("@203.0.113.54 a.example +timeout=1 +retry=0"))
        .as("nobody answers there")
        .doesNotContain("203.0.113.80");
  }

  @Test
  void suspendedItAnswersNothingAndAfterwardsAgain() throws Exception {
    lab.serve(configuration(""));
    ask("@" + NOBODY + " a.example");
    lab.control().suspend(false, Duration.ofSeconds(20), step -> {});
    assertThat(ask("@" + NOBODY + " a.example +timeout=1 +retry=0")).doesNotContain("status:");
    lab.reload(configuration(""));
    assertThat(ask("@" + NOBODY + " a.example")).contains("203.0.113.80");
    assertThat(ask("@" + NOBODY + " a.example")).contains("203.0.113.80");
    assertThat(counted("kernel", "kernel_fresh")).isEqualTo(1);
  }

  @Test
  void switchedOffItLeavesAllToTheProcess() throws Exception {
    lab.serve(configuration("").replace("dns {", "dns {\n  kernel_answers: 0"));
    ask("@" + NOBODY + " a.example");
    ask("@" + NOBODY + " a.example");
    assertThat(counted("queries", "received")).isEqualTo(2);
    assertThat(lab.status().get("kernel_answers")).isEqualTo(Map.of());
    assertThat(Files.readString(folder.resolve("a/run.log"))).doesNotContain("from the kernel");
  }
}
