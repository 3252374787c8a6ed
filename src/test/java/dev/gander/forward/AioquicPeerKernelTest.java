package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.message.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

  private static final int NAMES = 5_000;

  @TempDir Path directory;

  private EncryptedClient client;
  private AioquicServer server;

  @BeforeEach
  void start() throws Exception {
    client = new EncryptedClient(directory);
    server = new AioquicServer(directory, client.certificates.good, 0, 0);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"quic://", "quic+early", "h3://", "h3+get"})
  void answersAndLosesNothingWhenTheServerIsKilledAndStartedAgain(String which) throws Exception {
    String url =
        switch (which) {
          case "quic://" -> "quic://127.0.0.1:" + server.doq() + "?";
          case "quic+early" -> "quic://127.0.0.1:" + server.doq() + "?early_data=true&";
          case "h3://" -> "h3://127.0.0.1:" + server.h3() + "?";
          default -> "h3://127.0.0.1:" + server.h3() + "/dns-query?method=get&";
        };
    Semaphore inFlight = new Semaphore(100);
    ConfiguredUpstreams upstreams = client.upstreams(url + "ca=authority.pem&sni=dns.test");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < NAMES; i++) {
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
        if (i == NAMES / 2) {
          int doq = server.doq();
          int h3 = server.h3();
          server.close();
          server = new AioquicServer(directory, client.certificates.good, doq, h3);
        }
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get(60, TimeUnit.SECONDS).answerCount()).isEqualTo(1);
      }
    }
  }
}
