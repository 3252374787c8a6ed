package dev.gander.forward;

import static dev.gander.forward.EncryptedClient.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import dev.gander.clock.FakeClock;
import dev.gander.config.DnsSettings.Upstream.Scheme;
import dev.gander.forward.EncryptedServer.Manner;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.observe.Counter;
import dev.gander.proxy.PeerProcess;
import io.netty.pkitesting.X509Bundle;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every transport over connections against servers that answer, misbehave, vanish and come back.
 */
@Timeout(120)
class EncryptedUpstreamsTest {

  private static final Duration STEP = Duration.ofMillis(100);

  /** After it a question is asked on a second connection, if the first is silent. */
  private static final Duration SLOW = Duration.ofMillis(1300);

  @TempDir Path directory;

  private EncryptedClient client;
  private TestCertificates certificates;

  @BeforeEach
  void start() {
    client = new EncryptedClient(directory);
    certificates = client.certificates;
  }

  @AfterEach
  void stop() {
    client.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TLS", "HTTPS", "H3", "QUIC"})
  void answersOverOneWarmConnectionInPaddedQuestions(Scheme scheme) throws Exception {
    try (EncryptedServer server = server(scheme, certificates.good, Manner.ANSWER);
        EncryptedClient still = client.still()) {
      ConfiguredUpstreams upstreams = trusting(still, scheme, server.port());
      for (int i = 0; i < 5; i++) {
        assertThat(ask(upstreams, "name" + i + ".test", still.clock).answerCount()).isEqualTo(1);
      }
      assertThat(server.connections.get()).isEqualTo(1);
      assertThat(server.lengths).allMatch(it -> it % 128 == 0);
    }
  }

  /** As many as the server has streams, and as many again: it is told to let go of the first. */
  @Test
  void anAnswerOverQuicIsWholeThoughItsStreamNeverEnds() throws Exception {
    FakeClock clock = new FakeClock();
    try (EncryptedServer server = server(Scheme.QUIC, certificates.good, Manner.UNENDED);
        EncryptedClient still = client.by(clock)) {
      ConfiguredUpstreams upstreams = trusting(still, Scheme.QUIC, server.port());
      for (int i = 0; i < 200; i++) {
        if (i == 100) {
          clock.advance(Duration.ofSeconds(2));
        }
        assertThat(ask(upstreams, "name" + i + ".test", clock).answerCount()).isEqualTo(1);
      }
      assertThat(server.connections.get()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"HTTPS", "H3"})
  void getAsksInThePathAndTheAgeOfAnAnswerCounts(Scheme scheme) throws Exception {
    try (EncryptedServer server = server(scheme, certificates.good, Manner.OLD)) {
      ConfiguredUpstreams upstreams = trusting(scheme, server.port(), "&method=get");
      assertThat(ask(upstreams, "a.test").ttl()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TLS", "HTTPS", "H3", "QUIC"})
  void certificatesOfTheWrongNameOrTimeOrAuthorityAreRefused(Scheme scheme) throws Exception {
    refused(scheme, certificates.otherName, "?ca=authority.pem", "it is for other.test");
    refused(scheme, certificates.expired, "?ca=authority.pem", "it has expired");
    refused(scheme, certificates.good, "", "no trusted authority vouches for it");
    refused(scheme, certificates.selfSigned, "?ca=authority.pem", "signed by itself");
    refused(
        scheme,
        certificates.selfSigned,
        "?pin=" + TestCertificates.pin(certificates.good),
        "no pin fits its key, " + TestCertificates.pin(certificates.selfSigned));
    refused(
        scheme,
        certificates.good,
        "?ca=authority.pem&pin=" + TestCertificates.pin(certificates.expired),
        "no pin fits its key");
  }

  private void refused(Scheme scheme, X509Bundle certificate, String options, String why)
      throws Exception {
    try (EncryptedServer server = server(scheme, certificate, Manner.ANSWER)) {
      ConfiguredUpstreams upstreams = upstreams(scheme, server.port(), withName(options));
      failsWith(
          upstreams,
          ExtendedError.NETWORK_ERROR,
          "the certificate of dns.test, valid 20",
          " is refused: ",
          why);
      assertThat(upstreams.status().getFirst().state()).isIn("suspect", "dead");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TLS", "HTTPS", "H3", "QUIC"})
  void aCertificateThatIsRefusedBeforeTheFirstQuestionShows(Scheme scheme) throws Exception {
    try (EncryptedServer server = server(scheme, certificates.expired, Manner.ANSWER)) {
      ConfiguredUpstreams upstreams = trusting(scheme, server.port(), "");
      assertThat(upstreams.status().getFirst().trouble()).isEmpty();
      upstreams.warmUp();
      Eventually.holds(() -> upstreams.status().getFirst().state().equals("dead"));
      assertThat(upstreams.status().getFirst().trouble())
          .startsWith("upstream 'up' failed: the certificate of dns.test, valid 20")
          .contains("it has expired");
    }
  }

  @Test
  void anUpstreamWhoseCertificateWasRefusedIsAskedAgainOnceItIsGood() throws Exception {
    FakeClock clock = new FakeClock();
    try (EncryptedClient slow = new EncryptedClient(directory, clock)) {
      EncryptedServer bad = server(Scheme.TLS, slow.certificates.expired, Manner.ANSWER);
      int port = bad.port();
      ConfiguredUpstreams upstreams =
          slow.upstreams("tls://127.0.0.1:" + port + "?ca=authority.pem&sni=dns.test");
      assertThatThrownBy(() -> ask(upstreams, "a.test", clock)).hasMessageContaining("expired");
      while (!upstreams.status().getFirst().state().equals("dead")) {
        Thread.onSpinWait();
      }
      assertThatThrownBy(() -> ask(upstreams, "b.test", clock))
          .hasMessageContainingAll("it has expired", "; it is not asked until it answers again");
      bad.close();
      try (EncryptedServer _ =
          new EncryptedServer(Scheme.TLS, slow.certificates.good, Manner.ANSWER, port)) {
        while (!upstreams.status().getFirst().breaker().equals("closed")) {
          boolean _ = passes(clock);
        }
        assertThat(ask(upstreams, "c.test", clock).answerCount()).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TLS", "HTTPS", "H3", "QUIC"})
  void certificatesThatArePinnedOrNotCheckedAreTaken(Scheme scheme) throws Exception {
    for (String options :
        List.of(
            "?pin=" + TestCertificates.pin(certificates.selfSigned),
            "?pin="
                + TestCertificates.pin(certificates.good)
                + "&pin="
                + TestCertificates.pin(certificates.selfSigned),
            "?verify=none")) {
      try (EncryptedServer server = server(scheme, certificates.selfSigned, Manner.ANSWER)) {
        assertThat(ask(upstreams(scheme, server.port(), withName(options)), "a.test").answerCount())
            .isEqualTo(1);
      }
    }
    try (EncryptedServer server = server(scheme, certificates.good, Manner.ANSWER)) {
      String pin = TestCertificates.pin(certificates.good);
      ConfiguredUpstreams upstreams = trusting(scheme, server.port(), "&pin=" + pin);
      assertThat(ask(upstreams, "a.test").answerCount()).isEqualTo(1);
      // Without sni= the address itself must be in the certificate, and is.
      ConfiguredUpstreams byAddress = upstreams(scheme, server.port(), "?ca=authority.pem");
      assertThat(ask(byAddress, "a.test").answerCount()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TLS", "HTTPS", "H3", "QUIC"})
  void aHandshakeThatNeverEndsFailsInTime(Scheme scheme) throws Exception {
    int port = PeerProcess.freePort();
    FakeClock clock = new FakeClock();
    try (EncryptedClient slow = new EncryptedClient(directory, clock);
        ServerSocket _ = new ServerSocket(port, 5, InetAddress.ofLiteral("127.0.0.1"));
        DatagramSocket _ = new DatagramSocket(port, InetAddress.ofLiteral("127.0.0.1"))) {
      failsInTime(trusting(slow, scheme, port), clock);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TCP", "TLS", "HTTPS", "H3", "QUIC"})
  void aServerThatNeverAnswersFailsInTime(Scheme scheme) throws Exception {
    FakeClock clock = new FakeClock();
    try (EncryptedClient slow = new EncryptedClient(directory, clock);
        EncryptedServer server = server(scheme, slow.certificates.good, Manner.NEVER)) {
      failsInTime(trusting(slow, scheme, server.port()), clock);
    }
  }

  private static void failsInTime(ConfiguredUpstreams upstreams, FakeClock clock) throws Exception {
    CompletableFuture<Answer> answer = asked(upstreams, "a.test", clock);
    while (!answer.isDone()) {
      clock.settle();
      clock.advance(SLOW);
    }
    assertFailed(answer, ExtendedError.NO_REACHABLE_AUTHORITY, "upstream 'up' ");
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TCP", "TLS", "HTTPS", "H3", "QUIC"})
  void aQuestionWhoseConnectionEndsInMidAnswerIsAskedAgain(Scheme scheme) throws Exception {
    try (EncryptedServer server = server(scheme, certificates.good, Manner.CLOSE_MID_ANSWER)) {
      ConfiguredUpstreams upstreams = trusting(scheme, server.port(), "");
      failsWith(upstreams, ExtendedError.NETWORK_ERROR, "'up'");
      // Each try may have a second connection where this machine is slow.
      assertThat(server.questions.get()).isBetween(3, 6);
      server.manner = Manner.ANSWER;
      assertThat(ask(upstreams, "b.test").answerCount()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TCP", "TLS", "HTTPS", "H3", "QUIC"})
  void aMegabyteOfGarbageIsNoAnswer(Scheme scheme) throws Exception {
    try (EncryptedServer server = server(scheme, certificates.good, Manner.GARBAGE)) {
      ConfiguredUpstreams upstreams = trusting(scheme, server.port(), "");
      failsWith(upstreams, ExtendedError.INVALID_DATA, "'up' failed: 127.0.0.1:" + server.port());
      server.manner = Manner.ANSWER;
      assertThat(ask(upstreams, "b.test").answerCount()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"HTTPS", "H3"})
  void whatIsNoDnsOverHttpsIsSaidClearly(Scheme scheme) throws Exception {
    try (EncryptedServer server = server(scheme, certificates.good, Manner.HTTP_500);
        EncryptedClient still = client.still()) {
      ConfiguredUpstreams upstreams = trusting(still, scheme, server.port());
      failsWith(still, upstreams, ExtendedError.NETWORK_ERROR, "HTTP 500");
      server.manner = Manner.REDIRECT;
      failsWith(still, upstreams, ExtendedError.NETWORK_ERROR, "redirects (HTTP 302) to '/other'");
      server.manner = Manner.HTML;
      failsWith(still, upstreams, ExtendedError.INVALID_DATA, "'text/html'");
      assertThat(server.connections.get()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TCP", "TLS", "HTTPS", "H3", "QUIC"})
  void answersOutOfOrderFindTheirQuestionsAThousandAtOnce(Scheme scheme) throws Exception {
    try (EncryptedServer server = server(scheme, certificates.good, Manner.REVERSE)) {
      server.holdUntil = 2;
      ConfiguredUpstreams upstreams = trusting(scheme, server.port(), "");
      askMany(upstreams, 1000);
      // A second one where this machine is slow.
      assertThat(server.connections.get()).isLessThanOrEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TCP", "TLS", "HTTPS", "H3", "QUIC"})
  void aServerThatIsAwayForSecondsLosesNoQuestion(Scheme scheme) throws Exception {
    FakeClock clock = new FakeClock();
    try (EncryptedClient slow = new EncryptedClient(directory, clock)) {
      EncryptedServer server = server(scheme, slow.certificates.good, Manner.ANSWER);
      int port = server.port();
      ConfiguredUpstreams upstreams = trusting(slow, scheme, port);
      assertThat(ask(upstreams, "first.test", clock).answerCount()).isEqualTo(1);
      server.close();
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (Duration away = Duration.ZERO; away.toMillis() < 2700; away = away.plus(STEP)) {
        for (int i = 0; i < 10; i++) {
          answers.add(asked(upstreams, "name" + answers.size() + ".test", clock));
        }
        clock.settle();
        while (!passes(clock)) {
          Thread.onSpinWait();
        }
      }
      try (EncryptedServer again =
          new EncryptedServer(scheme, slow.certificates.good, Manner.ANSWER, port)) {
        while (again.connections.get() == 0 && !answers.stream().allMatch(Future::isDone)) {
          boolean _ = passes(clock);
        }
        for (CompletableFuture<Answer> answer : answers) {
          assertThat(answer.get(30, TimeUnit.SECONDS).answerCount()).isEqualTo(1);
        }
        assertThat(again.connections.get()).isLessThanOrEqualTo(2);
      }
    }
  }

  @Test
  void whatAServerIsSlowWithIsNotAskedTwiceWhileItAnswersOthers() throws Exception {
    FakeClock clock = new FakeClock();
    try (EncryptedClient slow = new EncryptedClient(directory, clock);
        EncryptedServer server = server(Scheme.TLS, slow.certificates.good, Manner.NEVER)) {
      ConfiguredUpstreams upstreams =
          slow.upstreams("tls://127.0.0.1:" + server.port() + "?ca=authority.pem&sni=dns.test");
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int before = i;
        answers.add(asked(upstreams, "name" + i + ".test", clock));
        await(() -> server.questions.get() == before + 1);
      }
      clock.settle();
      server.manner = Manner.ANSWER;
      assertThat(asked(upstreams, "other.test", clock).get().answerCount()).isEqualTo(1);
      clock.advance(SLOW);
      // One answer came: the first has been overtaken, the next ones may have been, the others
      // wait.
      await(() -> answers.stream().filter(Future::isDone).count() >= 2);
      clock.settle();
      assertThat(server.questions.get()).isBetween(40 + 1 + 2, 40 + 1 + 10);
      // Now the connection has been silent for as long: one asks on the other, then all do.
      clock.advance(SLOW);
      for (CompletableFuture<Answer> answer : answers) {
        assertThat(answer.get(30, TimeUnit.SECONDS).answerCount()).isEqualTo(1);
      }
      assertThat(server.connections.get()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TLS", "HTTPS", "H3", "QUIC"})
  @Timeout(25) // HTTP/2 would be closed after 30 s, when nobody asks any more
  void whereAConnectionIsSilentOneAsksOnAnotherBeforeAllDo(Scheme scheme) throws Exception {
    FakeClock clock = new FakeClock();
    try (EncryptedClient slow = new EncryptedClient(directory, clock);
        EncryptedServer server = server(scheme, slow.certificates.good, Manner.NEVER)) {
      ConfiguredUpstreams upstreams = trusting(slow, scheme, server.port());
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        answers.add(asked(upstreams, "name" + i + ".test", clock));
      }
      await(() -> server.questions.get() == 40);
      clock.settle();
      clock.advance(SLOW);
      await(() -> server.questions.get() == 41);
      clock.settle();
      assertThat(server.questions.get()).isEqualTo(41);
      server.manner = Manner.ANSWER;
      clock.advance(SLOW);
      // All but the first scout's, which this server has passed over twice.
      await(() -> answers.stream().filter(Future::isDone).count() >= 39);
      assertThat(answers.stream().filter(Future::isDone))
          .allMatch(it -> it.resultNow().answerCount() == 1);
      assertThat(server.connections.get()).isEqualTo(2);
    }
  }

  private static CompletableFuture<Answer> asked(
      ConfiguredUpstreams upstreams, String name, FakeClock clock) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    clock.startWorker(() -> {
      try {
        answer.complete(ask(upstreams, name, clock));
      } catch (Exception e) {
        answer.completeExceptionally(e);
      }
    });
    return answer;
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  /** A step of time, if somebody who tries to connect waits for it. */
  private static boolean passes(FakeClock clock) {
    boolean asleep = clock.isAnybodyAsleep();
    if (asleep) {
      clock.advance(STEP);
    }
    return asleep;
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TCP", "TLS", "HTTPS", "H3", "QUIC"})
  void whereNobodyListensTheFailureSaysSo(Scheme scheme) throws Exception {
    FakeClock clock = new FakeClock();
    try (EncryptedClient slow = new EncryptedClient(directory, clock)) {
      int port = PeerProcess.freePort();
      CompletableFuture<Answer> answer = asked(trusting(slow, scheme, port), "a.test", clock);
      while (!answer.isDone()) {
        boolean _ = passes(clock);
      }
      assertFailed(
          answer,
          ExtendedError.NETWORK_ERROR,
          "'up' failed: cannot connect to 127.0.0.1:" + port + ": ",
          "Connection refused");
    }
  }

  private static void assertFailed(
      CompletableFuture<Answer> answer, ExtendedError error, String... words) {
    assertThat(answer.exceptionNow())
        .isInstanceOfSatisfying(
            UpstreamException.class, e -> assertThat(e.error()).as(e.getMessage()).isEqualTo(error))
        .hasMessageContainingAll(words);
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TCP", "TLS", "HTTPS"})
  void aServerThatEndsTheConnectionBehindEachAnswerAnswersAll(Scheme scheme) throws Exception {
    try (EncryptedServer server = server(scheme, certificates.good, Manner.ONE_EACH)) {
      askMany(trusting(scheme, server.port(), ""), 30);
    }
  }

  @Test
  void whatAServerHasNotLookedAtIsAskedMoreThanThreeTimes() throws Exception {
    try (EncryptedServer server = server(Scheme.HTTPS, certificates.good, Manner.REFUSE_FIVE)) {
      ConfiguredUpstreams upstreams = trusting(Scheme.HTTPS, server.port(), "");
      assertThat(ask(upstreams, "a.test").answerCount()).isEqualTo(1);
      assertThat(server.questions).hasValue(6);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"TLS", "HTTPS", "H3", "QUIC"})
  void theConnectionIsThereBeforeTheFirstQuestion(Scheme scheme) throws Exception {
    try (EncryptedServer server = server(scheme, certificates.good, Manner.ANSWER)) {
      ConfiguredUpstreams upstreams = trusting(scheme, server.port(), "");
      upstreams.warmUp();
      Eventually.holds(() -> server.connections.get() > 0);
      assertThat(ask(upstreams, "a.test").answerCount()).isEqualTo(1);
      server.cutAll();
      Eventually.holds(() -> server.connections.get() > 1);
      assertThat(ask(upstreams, "b.test").answerCount()).isEqualTo(1);
      assertThat(client.counters.get(Counter.UPSTREAM_CONNECTIONS)).isLessThanOrEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scheme.class,
      names = {"H3"})
  void whereUdpIsBlockedHttp3FallsBackToHttp2(Scheme scheme) throws Exception {
    try (EncryptedServer server = server(Scheme.HTTPS, certificates.good, Manner.ANSWER)) {
      ConfiguredUpstreams upstreams = trusting(scheme, server.port(), "");
      assertThat(ask(upstreams, "a.test").answerCount()).isEqualTo(1);
      assertThat(server.connections.get()).isBetween(1, 2);
    }
  }

  private void askMany(ConfiguredUpstreams upstreams, int count) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String name = "name" + i + ".test";
        answers.add(threads.submit(() -> ask(upstreams, name)));
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get(30, TimeUnit.SECONDS).answerCount()).isEqualTo(1);
      }
    }
  }

  private void failsWith(ConfiguredUpstreams upstreams, ExtendedError error, String... words) {
    failsWith(client, upstreams, error, words);
  }

  private static void failsWith(
      EncryptedClient by, ConfiguredUpstreams upstreams, ExtendedError error, String... words) {
    assertThatThrownBy(() -> ask(upstreams, "a.test", by.clock))
        .isInstanceOfSatisfying(
            UpstreamException.class, e -> assertThat(e.error()).as(e.getMessage()).isEqualTo(error))
        .message()
        .contains(words);
  }

  private static EncryptedServer server(Scheme scheme, X509Bundle certificate, Manner manner)
      throws Exception {
    return new EncryptedServer(scheme, certificate, manner, 0);
  }

  private ConfiguredUpstreams trusting(Scheme scheme, int port, String more) {
    return upstreams(scheme, port, withName("?ca=authority.pem") + more);
  }

  private static ConfiguredUpstreams trusting(EncryptedClient by, Scheme scheme, int port) {
    return by.upstreams(url(scheme, port, withName("?ca=authority.pem")));
  }

  private static String withName(String options) {
    return options + (options.isEmpty() ? "?" : "&") + "sni=" + TestCertificates.NAME;
  }

  private ConfiguredUpstreams upstreams(Scheme scheme, int port, String options) {
    return client.upstreams(url(scheme, port, options));
  }

  private static String url(Scheme scheme, int port, String options) {
    String plain = scheme.name().toLowerCase(Locale.ROOT) + "://127.0.0.1:" + port;
    return scheme == Scheme.TCP ? plain : plain + options;
  }
}
