package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code on_exit: keep} with whole daemons: killed, ended, started again under load. */
@Tag("kernel")
class KeepKernelTest {

  private static final String NOBODY = "198.51.100.53";

  @TempDir private Path folder;
  private RouterLab lab;

  @BeforeEach
  void build() throws Exception {
    lab = new RouterLab("w", folder.resolve("w"));
  }

  @AfterEach
  void remove() throws Exception {
    String namespace = lab.run("ip netns exec %r readlink /proc/self/ns/net");
    lab.run("rm -rf /sys/fs/bpf/gander-" + namespace.replaceAll("[^0-9]", ""));
    lab.close();
  }

  private static String keeping(String rules) {
    return RouterLab.configuration(rules)
        .replace("lan_interface: lan0", "lan_interface: lan0\n  on_exit: keep");
  }

  private Path names(int count) throws IOException {
    return Files.writeString(
        folder.resolve("names"),
        IntStream.range(0, count)
            .mapToObj(i -> "n" + i + ".example A\n")
            .collect(Collectors.joining()));
  }

  private Process load(Path names, String words, String log) throws IOException {
    return lab.start(
        "ip netns exec %c dnsperf -s " + NOBODY + " -d " + names + " -t 5 -b 4096 " + words, log);
  }

  @Test
  void killedAndStartedAgainUnderLoadNothingIsLost() throws Exception {
    Process first = lab.serve(keeping(""));
    Path names = names(200);
    assertThat(load(names, "-n 2", "fill.log").waitFor(30, TimeUnit.SECONDS)).isTrue();

    Process load = load(names, "-l 12 -Q 5000 -q 500", "dnsperf.log");
    TimeUnit.SECONDS.sleep(1); // the load goes on around what happens
    first.destroyForcibly().waitFor();
    TimeUnit.SECONDS.sleep(2);
    Process second = lab.serve(keeping(""));
    TimeUnit.SECONDS.sleep(1);
    second.destroy();
    assertThat(second.waitFor(20, TimeUnit.SECONDS)).isTrue();
    TimeUnit.SECONDS.sleep(1);
    lab.serve(keeping(""));
    assertThat(load.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(lab.log("dnsperf")).contains("Queries lost:         0 (0.00%)");
  }

  @Test
  void otherRulesMakeOtherAnswersAtOnce() throws Exception {
    lab.serve(keeping("")).destroyForcibly().waitFor();
    Process first = lab.serve(keeping(""));
    assertThat(lab.ask(NOBODY, "a.example A")).contains("203.0.113.80");
    first.destroyForcibly().waitFor();
    assertThat(lab.ask(NOBODY, "a.example A")).contains("203.0.113.80");
    lab.serve(keeping("qname(full: a.example) -> reject"));
    assertThat(lab.ask(NOBODY, "a.example A")).doesNotContain("203.0.113.80");
    assertThat(lab.ask(NOBODY, "a.example A")).doesNotContain("203.0.113.80");
  }
}
