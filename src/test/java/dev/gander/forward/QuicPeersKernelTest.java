package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.message.Answer;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * DoQ and DoH3 to servers that others wrote, aioquic and quic-go, which ./gander test puts into
 * target/peers: the second where there is a Go.
 */
@Tag("kernel")
class QuicPeersKernelTest {

  @TempDir Path directory;

  private EncryptedClient client;

  @BeforeEach
  void start() {
    client = new EncryptedClient(directory);
  }

  @AfterEach
  void stop() {
    client.close();
  }

  /** A server, at these ports; 0: any. */
  @FunctionalInterface
  private interface Starter {
    QuicPeer start(Path directory, X509Bundle certificate, int doq, int h3) throws Exception;
  }

  @ParameterizedTest
  @ValueSource(strings = {"quic://", "quic+early", "h3://", "h3+get"})
  void aioquicIsKilledAndStartedAgainAndNothingIsLost(String which) throws Exception {
    manyWithARestart(which, QuicPeer::aioquic, 5_000, 100);
  }

  @ParameterizedTest
  @EnabledIf("dev.gander.forward.QuicPeer#hasQuicGo")
  @ValueSource(strings = {"quic://", "h3://"})
  void quicGoIsKilledAndStartedAgainAndNothingIsLost(String which) throws Exception {
    manyWithARestart(which, QuicPeer::quicGo, 10_000, 200);
  }

  private void manyWithARestart(String which, Starter starter, int names, int atOnce)
      throws Exception {
    QuicPeer first = starter.start(directory, client.certificates.good, 0, 0);
    ConfiguredUpstreams upstreams =
        client.upstreams(url(which, first) + "ca=authority.pem&sni=dns.test");
    Semaphore inFlight = new Semaphore(atOnce);
    QuicPeer second = null;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < names; i++) {
        String name = "name" + i + ".test";
        inFlight.acquire();
        answers.add(
            threads.submit(() -> {
              try {
                return EncryptedClient.ask(upstreams, name);
              } finally {
                inFlight.release();
              }
            }));
        if (i == names / 2) {
          assertThat(first.connections()).isBetween(1L, 2L);
          second = starter.start(directory, client.certificates.good, first.doq(), first.h3());
        }
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get(60, TimeUnit.SECONDS).answerCount()).isEqualTo(1);
      }
      assertThat(Objects.requireNonNull(second).connections()).isBetween(1L, 2L);
    } finally {
      first.close();
      if (second != null) {
        second.close();
      }
    }
  }

  private static String url(String which, QuicPeer server) {
    return switch (which) {
      case "quic://" -> "quic://127.0.0.1:" + server.doq() + "?";
      case "quic+early" -> "quic://127.0.0.1:" + server.doq() + "?early_data=true&";
      case "h3://" -> "h3://127.0.0.1:" + server.h3() + "?";
      default -> "h3://127.0.0.1:" + server.h3() + "/dns-query?method=get&";
    };
  }
}
