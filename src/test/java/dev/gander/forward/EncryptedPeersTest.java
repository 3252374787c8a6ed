package dev.gander.forward;

import static dev.gander.forward.EncryptedClient.ask;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.message.Answer;
import dev.gander.observe.Counter;
import dev.gander.proxy.PeerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encrypted questions to servers that others wrote: unbound, dnsdist and Knot Resolver. */
class EncryptedPeersTest {

  private static final int NAMES = 10_000;
  private static final int AT_ONCE = 1_000;
  private static final String TRUSTING = "ca=authority.pem&sni=dns.test";

  @TempDir Path directory;

  private EncryptedClient client;
  private int plain;
  private int tls;
  private int https;
  private @Nullable PeerProcess server;

  @BeforeEach
  void ports() throws Exception {
    client = new EncryptedClient(directory);
    TestCertificates.write(
        client.certificates.good, directory.resolve("server.pem"), directory.resolve("server.key"));
    plain = PeerProcess.freePort();
    tls = PeerProcess.freePort();
    https = PeerProcess.freePort();
  }

  @AfterEach
  void stop() {
    client.close();
    stopServer();
  }

  private void stopServer() {
    PeerProcess running = server;
    if (running != null) {
      running.close();
    }
  }

  private void startUnbound() throws Exception {
    server = Unbound.encrypted(directory, plain, tls, https);
  }

  private void startDnsdist() throws Exception {
    Path configuration = directory.resolve("dnsdist.conf");
    Files.writeString(
        configuration,
        """
        setLocal("127.0.0.1:0")
        addTLSLocal("127.0.0.1:%1$d", "%3$s/server.pem", "%3$s/server.key")
        addDOHLocal("127.0.0.1:%2$d", "%3$s/server.pem", "%3$s/server.key", "/dns-query")
        addAction(AllRule(), SpoofAction("192.0.2.80"))
        """
            .formatted(tls, https, directory));
    start("dnsdist", "--supervised", "--disable-syslog", "-C", configuration.toString());
  }

  private void startKnotResolver() throws Exception {
    // GnuTLS wants the public key beside the private one, where Java writes the private one alone.
    Process openssl =
        new ProcessBuilder("openssl", "ec", "-in", "server.key", "-out", "whole.key")
            .directory(directory.toFile())
            .start();
    assertThat(openssl.waitFor()).isZero();
    Path configuration = directory.resolve("kresd.conf");
    Files.writeString(
        configuration,
        """
        net.tls('%3$s/server.pem', '%3$s/whole.key')
        net.listen('127.0.0.1', %1$d, { kind = 'tls' })
        net.listen('127.0.0.1', %2$d, { kind = 'doh2' })
        cache.size = 4 * MB
        trust_anchors.remove('.')
        policy.add(policy.suffix(policy.ANSWER(
          { [kres.type.A] = { rdata = kres.str2ip('192.0.2.80'), ttl = 300 } }), { todname('test.') }))
        """
            .formatted(tls, https, directory));
    start("/usr/sbin/kresd", "-n", "-c", configuration.toString(), directory.toString());
  }

  private void start(String... command) throws Exception {
    server = PeerProcess.start(List.of(command), directory, tls, https);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unbound", "dnsdist", "kresd"})
  void answersOverTlsAndOverHttpsByPostAndByGet(String which) throws Exception {
    switch (which) {
      case "unbound" -> startUnbound();
      case "dnsdist" -> startDnsdist();
      default -> startKnotResolver();
    }
    for (String url :
        List.of(
            "tls://127.0.0.1:" + tls + "?",
            "https://127.0.0.1:" + https + "?",
            "https://127.0.0.1:" + https + "/dns-query{?dns}?method=get&")) {
      try (EncryptedClient still = client.still()) {
        ConfiguredUpstreams upstreams = still.upstreams(url + TRUSTING);
        assertThat(ask(upstreams, "www.test", still.clock).answerCount()).isEqualTo(1);
        assertThat(ask(upstreams, "other.test", still.clock).ttl()).isPositive();
        askAtOnce(upstreams, still);
        assertThat(still.counters.get(Counter.UPSTREAM_CONNECTIONS)).isEqualTo(1);
      }
    }
  }

  /** More than a connection's window takes, and Knot Resolver reads no two questions at a time. */
  private static void askAtOnce(ConfiguredUpstreams upstreams, EncryptedClient by)
      throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        String name = "name" + i + ".test";
        answers.add(threads.submit(() -> ask(upstreams, name, by.clock)));
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get(30, TimeUnit.SECONDS).answerCount()).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "tls", "https"})
  void tenThousandNamesWithARestartInTheMiddleLoseNone(String scheme) throws Exception {
    startUnbound();
    manyWithARestart(
        switch (scheme) {
          case "tcp" -> "tcp://127.0.0.1:" + plain;
          case "tls" -> "tls://127.0.0.1:" + tls + "?" + TRUSTING;
          default -> "https://127.0.0.1:" + https + "?" + TRUSTING;
        });
  }

  private void manyWithARestart(String url) throws Exception {
    Semaphore inFlight = new Semaphore(200);
    try (ConfiguredUpstreams upstreams = client.upstreams(url);
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
          assertThat(client.counters.get(Counter.UPSTREAM_CONNECTIONS)).isLessThanOrEqualTo(2);
          stopServer();
          startUnbound();
        }
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get(30, TimeUnit.SECONDS).answerCount()).isEqualTo(1);
      }
    }
  }
}
