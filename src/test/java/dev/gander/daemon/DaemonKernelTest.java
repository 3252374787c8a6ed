package dev.gander.daemon;

import static dev.gander.daemon.RouterLab.configuration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole daemons in router namespaces, with real packets from a client's namespace. */
@Tag("kernel")
class DaemonKernelTest {

  private static final String NOBODY = "198.51.100.53";
  private static final String NOBODY_SIX = "2001:db8:ffff::53";

  @TempDir private Path folder;
  private RouterLab lab;

  @BeforeEach
  void build() throws Exception {
    lab = new RouterLab("d", folder.resolve("d"));
  }

  @AfterEach
  void remove() throws Exception {
    lab.close();
  }

  private static String rejecting(String name) {
    return configuration("qname(full: " + name + ") -> reject");
  }

  @Test
  void aClientIsAnsweredFromTheAddressItAskedOverBothFamilies() throws Exception {
    lab.serve(configuration(""));
    assertThat(lab.ask(NOBODY, "a.example A"))
        .contains("203.0.113.80")
        .contains("From " + NOBODY + "@53(UDP)");
    assertThat(lab.ask(NOBODY_SIX, "a.example AAAA"))
        .contains("2001:db8:2::80")
        .contains("From " + NOBODY_SIX + "@53(UDP)");
    assertThat(lab.status().get("interfaces")).asString().contains("lan0");
    assertThat(lab.status().get("kernel"))
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsEntry("queries", 2L)
        .containsEntry("replies", 2L);
  }

  @Test
  void reloadsUnderLoadLoseNothing() throws Exception {
    lab.serve(configuration(""));
    Path names = folder.resolve("names");
    Files.writeString(
        names,
        IntStream.range(0, 2000)
            .mapToObj(i -> "n" + i + ".example A\n")
            .collect(Collectors.joining()));
    // -b: with its default buffer dnsperf itself drops answers when a busy machine delays it.
    Process load =
        lab.start(
            "ip netns exec %c dnsperf -s "
                + NOBODY
                + " -d "
                + names
                + " -l 8 -Q 5000 -t 5 -q 500 -b 4096",
            "dnsperf.log");
    for (int i = 0; i < 12; i++) {
      Progress outcome = lab.reload(i % 2 == 0 ? rejecting("x.example") : configuration(""));
      assertThat(outcome.code()).as(outcome.text()).isEqualTo(Progress.Code.DONE);
      TimeUnit.MILLISECONDS.sleep(300); // the load goes on between reloads
    }
    assertThat(load.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(lab.log("dnsperf")).contains("Queries lost:         0 (0.00%)");
  }

  @Test
  void aBrokenFileKeepsTheOldRules() throws Exception {
    lab.serve(rejecting("a.example"));
    Progress outcome = lab.reload(configuration("nonsense(x) -> reject"));
    assertThat(outcome.code()).isEqualTo(Progress.Code.ERROR);
    assertThat(outcome.text()).contains("test.dae:8:");
    assertThat(lab.ask(NOBODY, "a.example")).contains("NOERROR").doesNotContain("203.0.113.80");
    assertThat(lab.ask(NOBODY, "b.example")).contains("203.0.113.80");
  }

  @Test
  void anInterfaceThatIsNotThereIsAReasonToKeepTheOld() throws Exception {
    lab.serve(configuration(""));
    Progress outcome = lab.reload(configuration("").replace("lan0", "lan7"));
    assertThat(outcome.code()).isEqualTo(Progress.Code.ERROR);
    assertThat(outcome.text()).contains("lan7");
    assertThat(lab.ask(NOBODY, "b.example")).contains("203.0.113.80");
  }

  @Test
  void anInterfaceThatIsMadeAgainIsServedAndToldAgain() throws Exception {
    lab.serve(configuration(""));
    lab.must("ip -n %r link delete lan0");
    Eventually.holds(() -> List.of().equals(lab.status().get("interfaces")));
    lab.plugClient();
    Eventually.holds(() -> List.of("lan0").equals(lab.status().get("interfaces")));
    assertThat(lab.ask(NOBODY, "a.example A")).contains("203.0.113.80");
    assertThat(lab.ask(NOBODY_SIX, "b.example A")).contains("203.0.113.80");
  }

  @Test
  void anotherPortForTheListenersTakesOver() throws Exception {
    lab.serve(configuration(""));
    Progress outcome =
        lab.reload(
            configuration("").replace("lan_interface", "tproxy_port: 23456\n lan_interface"));
    assertThat(outcome.code()).as(outcome.text()).isEqualTo(Progress.Code.DONE);
    assertThat(lab.ask(NOBODY, "b.example")).contains("203.0.113.80");
    assertThat(lab.ask(NOBODY_SIX, "c.example")).contains("203.0.113.80");
  }

  @Test
  void suspendLetsPacketsPassAndReloadTakesThemAgain() throws Exception {
    lab.serve(configuration(""));
    lab.control().suspend(false, Duration.ofSeconds(10), step -> {});
    assertThat(lab.ask(NOBODY, "b.example" + RouterLab.BRIEFLY)).doesNotContain("status:");
    assertThat(lab.ask("203.0.113.53", "b.example")).contains("203.0.113.80");
    lab.reload(configuration(""));
    assertThat(lab.ask(NOBODY, "b.example")).contains("203.0.113.80");
  }

  @Test
  void afterAKillPacketsPassAndTheNextOneWorksWithNothingDoubled() throws Exception {
    Process first = lab.serve(configuration(""));
    assertThat(lab.ask(NOBODY, "a.example")).contains("203.0.113.80");
    first.destroyForcibly().waitFor();
    assertThat(lab.ask("203.0.113.53", "a.example")).contains("203.0.113.80");
    lab.serve(configuration(""));
    assertThat(lab.ask(NOBODY, "a.example")).contains("203.0.113.80");
    assertThat(lab.run("ip -n %r -o link show").lines().filter(line -> line.contains("dae0")))
        .hasSize(1);
    assertThat(lab.status().get("kernel"))
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsEntry("queries", 1L)
        .containsEntry("replies", 1L);
  }

  @Test
  void termRemovesEverythingSoon() throws Exception {
    Process daemon = lab.serve(configuration(""));
    daemon.destroy();
    // A second as a rule; ten would be a wait for something that does not come.
    assertThat(daemon.waitFor(9, TimeUnit.SECONDS)).isTrue();
    assertThat(daemon.exitValue()).isZero();
    assertThat(lab.run("ip -n %r link show")).doesNotContain("dae0");
    assertThat(lab.run("ip -n %r rule show")).doesNotContain("2023");
    assertThat(lab.runtimeDirectory()).doesNotExist();
  }

  @Test
  void aSecondDaemonInTheSameNamespaceIsTurnedAwayWithThePidOfTheFirst() throws Exception {
    Process first = lab.serve(configuration(""));
    Process second = lab.launch(configuration(""), "second");
    assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(3);
    assertThat(lab.log("second")).contains(String.valueOf(first.pid()));
    assertThat(lab.ask(NOBODY, "a.example")).contains("203.0.113.80");
  }

  @Test
  void twoDaemonsInTwoNamespacesLiveSideBySide() throws Exception {
    try (RouterLab other = new RouterLab("e", folder.resolve("e"))) {
      lab.serve(configuration(""));
      Process second = other.serve(rejecting("a.example"));
      assertThat(lab.ask(NOBODY, "a.example")).contains("203.0.113.80");
      assertThat(other.ask(NOBODY, "a.example")).contains("NOERROR").doesNotContain("203.0.113.80");
      second.destroyForcibly().waitFor();
      assertThat(lab.ask(NOBODY, "b.example")).contains("203.0.113.80");
    }
  }
}
