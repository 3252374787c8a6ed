package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigFile;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.message.Answer;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import dev.gander.observe.Counters;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encrypted questions to a server on aioquic, which ./gander test puts into target/peers. */
@Tag("kernel")
class AioquicPeerKernelTest {

  private static final Clock CLOCK = Clock.system();
  private static final int NAMES = 5_000;

  @TempDir Path directory;

  private final Dialer dialer =
      new Dialer(
          SocketMark.of(0),
          CLOCK,
          Thread.ofPlatform().daemon().factory(),
          new SecureRandom(),
          new Counters());
  private final List<Process> servers = new ArrayList<>();
  private String doq = "0";
  private String h3 = "0";

  @BeforeEach
  void start() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TestCertificates.write(
        certificates.good, directory.resolve("server.pem"), directory.resolve("server.key"));
    startServer();
  }

  private void startServer() throws IOException {
    Process process =
        new ProcessBuilder(
                "target/peers/bin/python",
                "src/test/peers/quic_server.py",
                directory.resolve("server.pem").toString(),
                directory.resolve("server.key").toString(),
                doq,
                h3)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    servers.add(process);
    BufferedReader out = process.inputReader();
    String[] ready = String.valueOf(out.readLine()).split(" ", -1);
    assertThat(ready[0]).isEqualTo("ready");
    doq = ready[1];
    h3 = ready[2];
    Thread.ofVirtual().start(() -> drain(out));
  }

  /** A full pipe would stop the server. */
  private static void drain(BufferedReader out) {
    try (out) {
      while (out.readLine() != null) {
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      // The server has ended.
      return;
    }
  }

  @AfterEach
  void stop() {
    dialer.close();
    servers.forEach(each -> each.destroyForcibly().onExit().join());
  }

  @ParameterizedTest
  @ValueSource(strings = {"quic://", "quic+early", "h3://", "h3+get"})
  void answersAndLosesNothingWhenTheServerIsKilledAndStartedAgain(String which) throws Exception {
    String url =
        switch (which) {
          case "quic://" -> "quic://127.0.0.1:" + doq + "?";
          case "quic+early" -> "quic://127.0.0.1:" + doq + "?early_data=true&";
          case "h3://" -> "h3://127.0.0.1:" + h3 + "?";
          default -> "h3://127.0.0.1:" + h3 + "/dns-query?method=get&";
        };
    Semaphore inFlight = new Semaphore(100);
    try (ConfiguredUpstreams upstreams = upstreams(url);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < NAMES; i++) {
        String name = "name" + i + ".test";
        inFlight.acquire();
        answers.add(
            threads.submit(() -> {
              try {
                return ask(upstreams, name);
              } finally {
                inFlight.release();
              }
            }));
        if (i == NAMES / 2) {
          servers.getLast().destroyForcibly().onExit().join();
          startServer();
        }
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get(60, TimeUnit.SECONDS).answerCount()).isEqualTo(1);
      }
    }
  }

  private ConfiguredUpstreams upstreams(String url) throws Exception {
    String text =
        "global { } dns { upstream { up: '"
            + url
            + "ca=authority.pem&sni=dns.test' } } routing { fallback: direct }";
    return new ConfiguredUpstreams(
        ConfigFile.parse(text, directory.resolve("test.dae").toString()).settings().dns(),
        TestBootstrap.of(
            List.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1)),
            dialer,
            new Counters()),
        dialer,
        Optional.empty(),
        CLOCK,
        task -> Thread.ofVirtual().start(task),
        new Counters());
  }

  private static Answer ask(ConfiguredUpstreams upstreams, String name) throws Exception {
    Query query = Query.own(Question.of(name, RecordType.A), false);
    return upstreams.ask(query, "up", CLOCK.nanoTime() + TimeUnit.SECONDS.toNanos(15)).answer();
  }
}
