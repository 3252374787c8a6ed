package dev.gander.daemon;

import static dev.gander.daemon.RunningDaemon.configuration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon with real sockets on loopback, and what reloads do to it. */
class DaemonTest {

  private static final String ANY_PORT = "tcp+udp://127.0.0.1:0";

  @TempDir private Path folder;
  private TestUpstream upstream;

  @BeforeEach
  void open() throws IOException {
    upstream = new TestUpstream("192.0.2.1");
  }

  @AfterEach
  void close() {
    upstream.close();
  }

  private String plain() {
    return configuration(ANY_PORT, upstream.port(), "");
  }

  private String rejecting(String name) {
    return configuration(ANY_PORT, upstream.port(), "qname(full: " + name + ") -> reject");
  }

  @Test
  void answersOverUdpAndTcp() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      assertThat(daemon.ask("a.example")).isEqualTo("192.0.2.1");
      assertThat(RunningDaemon.ask(daemon.endpoint("tcp "), "b.example", true))
          .isEqualTo("192.0.2.1");
    }
  }

  @Test
  void aReloadPutsTheNewRulesInForceOnTheSameSockets() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      List<String> before = daemon.listeners();
      assertThat(daemon.ask("a.example")).isEqualTo("192.0.2.1");
      assertThat(daemon.reload(rejecting("a.example")).code()).isEqualTo(Progress.Code.DONE);
      assertThat(daemon.ask("a.example")).isEqualTo("nothing");
      assertThat(daemon.listeners()).isEqualTo(before);
      assertThat(daemon.status()).containsEntry("generation", 2L);
    }
  }

  @Test
  void aBrokenFileChangesNothingAndTheMistakesComeBack() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.start(folder, rejecting("a.example"))) {
      Progress outcome = daemon.reload(plain().replace("upstream {", "upstrem {"));
      assertThat(outcome.code()).isEqualTo(Progress.Code.ERROR);
      assertThat(outcome.text()).contains("test.dae:4:").contains("error").contains("upstream");
      assertThat(daemon.ask("a.example")).isEqualTo("nothing");
      assertThat(daemon.ask("b.example")).isEqualTo("192.0.2.1");
      assertThat(daemon.status()).containsEntry("generation", 1L);
      assertThat(RuntimeFiles.readProgress(RunningDaemon.run(folder))).contains(outcome);
    }
  }

  @Test
  void noQueryIsLostUnderALoopOfReloads() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (RunningDaemon daemon = RunningDaemon.start(folder, plain());
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      InetSocketAddress server = daemon.udp();
      List<Future<Integer>> counts = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int client = i;
        counts.add(
            clients.submit(() -> {
              int answered = 0;
              while (!done.get()) {
                // Half of the names are new each time, half come out of the cache.
                String name = "n" + (answered % 2 == 0 ? answered : 0) + ".c" + client;
                assertThat(RunningDaemon.ask(server, name + ".example", false))
                    .isEqualTo("192.0.2.1");
                answered++;
              }
              return answered;
            }));
      }
      for (int i = 0; i < 30; i++) {
        assertThat(daemon.reload(i % 2 == 0 ? rejecting("x.example") : plain()).code())
            .isEqualTo(Progress.Code.DONE);
      }
      done.set(true);
      for (Future<Integer> count : counts) {
        assertThat(count.get()).isPositive();
      }
      assertThat(daemon.status()).containsEntry("generation", 31L);
    }
  }

  @Test
  void aQueryUnderWayIsAnsweredByTheGenerationThatTookIt() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      CountDownLatch gate = upstream.hold();
      InetSocketAddress server = daemon.udp();
      CompletableFuture<String> answer =
          CompletableFuture.supplyAsync(() -> {
            try {
              return RunningDaemon.ask(server, "slow.example", false);
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      Eventually.holds(() -> upstream.asked() > 0);
      assertThat(daemon.reload(rejecting("slow.example")).code()).isEqualTo(Progress.Code.DONE);
      gate.countDown();
      assertThat(answer.get()).isEqualTo("192.0.2.1");
    }
  }

  @Test
  void anEndpointThatIsGoneClosesAndANewOneOpens() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      InetSocketAddress before = daemon.udp();
      daemon.reload(configuration("udp://127.0.0.2:0", upstream.port(), ""));
      assertThat(daemon.listeners()).hasSize(1).first().asString().startsWith("udp 127.0.0.2:");
      try (DatagramSocket free = new DatagramSocket(before)) {
        assertThat(free.isBound()).isTrue();
      }
    }
  }

  @Test
  void aTakenPortIsNamedWithItsHolderAndNothingChanges() throws Exception {
    try (DatagramSocket taken =
            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      List<String> before = daemon.listeners();
      Progress outcome =
          daemon.reload(
              configuration("udp://127.0.0.1:" + taken.getLocalPort(), upstream.port(), ""));
      assertThat(outcome.code()).isEqualTo(Progress.Code.ERROR);
      assertThat(outcome.text())
          .contains("udp 127.0.0.1:" + taken.getLocalPort())
          .contains("pid " + ProcessHandle.current().pid());
      assertThat(daemon.listeners()).isEqualTo(before);
      assertThat(daemon.ask("a.example")).isEqualTo("192.0.2.1");
    }
  }

  @Test
  void suspendClosesWhatIsOpenAndReloadBringsItBack() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      Progress outcome = daemon.control().suspend(false, RunningDaemon.PATIENCE, step -> {});
      assertThat(outcome.code()).isEqualTo(Progress.Code.DONE);
      assertThat(daemon.status()).containsEntry("state", "suspended");
      assertThat(daemon.listeners()).isEmpty();
      daemon.reload(plain());
      assertThat(daemon.status()).containsEntry("state", "running");
      assertThat(daemon.ask("a.example")).isEqualTo("192.0.2.1");
    }
  }

  @Test
  void theCacheGoesOnWhereOnlyRequestRulesChange() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      daemon.ask("a.example");
      daemon.reload(rejecting("b.example"));
      assertThat(daemon.ask("a.example")).isEqualTo("192.0.2.1");
      assertThat(upstream.asked()).isEqualTo(1);
    }
  }

  @Test
  void theCacheSurvivesARestart() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      daemon.ask("a.example");
    }
    assertThat(RunningDaemon.state(folder).resolve("answers.cache")).isRegularFile();

    try (RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      Eventually.holds(() -> daemon.status().toString().contains("entries=1"));
      assertThat(daemon.ask("a.example")).isEqualTo("192.0.2.1");
      assertThat(daemon.status().toString()).contains("answered_from_cache=1,");
    }
  }

  @Test
  void aDamagedCacheFileIsSetAsideAndNamesAreAnswered() throws Exception {
    Path state = Files.createDirectory(RunningDaemon.state(folder));
    Files.writeString(state.resolve("answers.cache"), "GANDERAC, or so it says".repeat(9));

    try (RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      assertThat(daemon.ask("a.example")).isEqualTo("192.0.2.1");
      Eventually.holds(() -> Files.exists(state.resolve("answers.cache.damaged")));
    }
  }

  @Test
  void theCacheStartsEmptyWhereTheUpstreamChanges() throws Exception {
    try (TestUpstream other = new TestUpstream("192.0.2.2");
        RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      assertThat(daemon.ask("a.example")).isEqualTo("192.0.2.1");
      daemon.reload(configuration(ANY_PORT, other.port(), ""));
      assertThat(daemon.ask("a.example")).isEqualTo("192.0.2.2");
    }
  }

  @Test
  void statusCountsQueriesAndCache() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.start(folder, rejecting("b.example"))) {
      daemon.ask("a.example");
      daemon.ask("a.example");
      daemon.ask("b.example");
      Map<String, Object> status = daemon.status();
      assertThat(status)
          .containsEntry("pid", ProcessHandle.current().pid())
          .containsEntry("state", "running")
          .containsKeys("version", "uptime_seconds", "configuration", "interfaces");
      assertThat(status.get("queries"))
          .asInstanceOf(InstanceOfAssertFactories.MAP)
          .containsEntry("received", 3L)
          .containsEntry("answered_from_upstream", 1L)
          .containsEntry("answered_from_cache", 1L)
          .containsEntry("answered_by_rule", 1L)
          .containsEntry("in_flight", 0L);
      assertThat(status.get("cache"))
          .asInstanceOf(InstanceOfAssertFactories.MAP)
          .containsEntry("entries", 1L);
    }
  }

  @Test
  void aSecondDaemonIsTurnedAwayAndTheFirstGoesOn() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.start(folder, plain())) {
      assertThatThrownBy(() -> RunningDaemon.daemon(folder).run())
          .isInstanceOf(StartException.class)
          .hasMessageContaining("pid " + ProcessHandle.current().pid());
      assertThat(daemon.ask("a.example")).isEqualTo("192.0.2.1");
    }
  }

  @Test
  void theEndLeavesNothing() throws Exception {
    RunningDaemon.start(folder, plain()).close();
    assertThat(RunningDaemon.run(folder)).doesNotExist();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("gander-") && !name.equals("gander-alarms"));
  }

  @Test
  void aStartThatFailsLeavesNothing() throws Exception {
    try (DatagramSocket taken =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      String configuration =
          configuration("udp://127.0.0.1:" + taken.getLocalPort(), upstream.port(), "");
      assertThatThrownBy(() -> RunningDaemon.start(folder, configuration))
          .hasCauseInstanceOf(StartException.class)
          .hasMessageContaining("pid ");
      assertThat(Files.exists(RunningDaemon.run(folder))).isFalse();
    }
  }
}
