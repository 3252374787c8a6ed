package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import dev.gander.clock.FakeClock;
import dev.gander.config.DnsSettings.Upstream.Scheme;
import dev.gander.dial.Dialer;
import dev.gander.forward.EncryptedServer.Manner;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.observe.Counter;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Rcode;

/** Plain upstreams that designate an encrypted way (RFC 9462), and what gander makes of it. */
class DesignatedUpstreamsTest {

  private static final Duration TTL = Duration.ofSeconds(DesignatingServer.TTL);

  @TempDir Path directory;

  private final FakeClock clock = new FakeClock();
  private EncryptedClient client;
  private DesignatingServer plain;

  @BeforeEach
  void start() throws Exception {
    client = new EncryptedClient(directory, clock);
    plain = new DesignatingServer();
  }

  @AfterEach
  void stop() {
    client.close();
    plain.close();
  }

  @ParameterizedTest
  @CsvSource({"TLS, dot, ''", "HTTPS, h2, /dns-query", "QUIC, doq, ''", "H3, h3, /dns-query"})
  void theWayThatItDesignatesIsTaken(Scheme scheme, String alpn, String path) throws Exception {
    try (EncryptedServer server =
        new EncryptedServer(scheme, client.certificates.good, Manner.ANSWER, 0)) {
      String template = path.isEmpty() ? "" : " dohpath=" + path + "{?dns}";
      plain.ways = List.of(way(1, alpn, server.port()) + template);
      ConfiguredUpstreams upstreams = upstreams("true");
      String url = scheme.scheme() + "://dns.example:" + server.port() + path;
      Eventually.holds(() -> designated(upstreams).equals(url));
      assertThat(upstreams.status().getFirst().transport()).isEqualTo(scheme.scheme());
      int before = plain.questions.get();
      assertThat(ask(upstreams).answerCount()).isEqualTo(1);
      assertThat(plain.questions.get()).isEqualTo(before);
      assertThat(client.counters.get(Counter.UPSTREAM_UPGRADES)).isEqualTo(1);
    }
  }

  @Test
  void theLeastPriorityIsTriedFirstAndTheNextWhereItsCertificateIsNotForTheAddress()
      throws Exception {
    try (EncryptedServer wrong = tls(client.certificates.otherName);
        EncryptedServer right = tls(client.certificates.good);
        EncryptedServer last = tls(client.certificates.good)) {
      plain.ways =
          List.of(
              way(3, "dot", last.port()), way(1, "dot", wrong.port()), way(2, "dot", right.port()));
      ConfiguredUpstreams upstreams = upstreams("true");
      Eventually.holds(() -> designated(upstreams).endsWith(":" + right.port()));
      assertThat(wrong.connections.get()).isEqualTo(1);
      assertThat(wrong.questions.get()).isZero();
      assertThat(last.connections.get()).isZero();
    }
  }

  @Test
  void aHostWithoutHintsIsLookedUpAtTheServerItself() throws Exception {
    try (EncryptedServer server = tls(client.certificates.good)) {
      plain.ways = List.of("1 dns.example. alpn=dot port=" + server.port());
      ConfiguredUpstreams upstreams = upstreams("true");
      Eventually.holds(() -> designated(upstreams).startsWith("tls://dns.example:"));
    }
  }

  @Test
  void aDotForAHostIsTheServersOwnAddress() throws Exception {
    try (EncryptedServer server = tls(client.certificates.good)) {
      plain.ways = List.of("1 . alpn=dot port=" + server.port());
      ConfiguredUpstreams upstreams = upstreams("true");
      Eventually.holds(() -> designated(upstreams).equals("tls://127.0.0.1:" + server.port()));
    }
  }

  @Test
  void aCertificateThatIsNotForTheAddressLeavesItPlain() throws Exception {
    try (EncryptedServer wrong = tls(client.certificates.otherName)) {
      plain.ways = List.of(way(1, "dot", wrong.port()));
      ConfiguredUpstreams upstreams = upstreams("true");
      Eventually.holds(() -> designated(upstreams).contains("it is for other.test"));
      assertThat(designated(upstreams))
          .startsWith("none: ")
          .contains("the certificate of 127.0.0.1");
      assertThat(upstreams.status().getFirst().transport()).isEqualTo("udp");
      ask(upstreams);
      assertThat(plain.questions.get()).isEqualTo(1);
      assertThat(wrong.questions.get()).isZero();
      // RFC 9462 section 4.2: not asked again before the end of what it said.
      looked();
      clock.advance(TTL.minusSeconds(1));
      assertThat(plain.looks.get()).isEqualTo(1);
      clock.advance(Duration.ofSeconds(2));
      Eventually.holds(() -> plain.looks.get() == 2);
    }
  }

  @Test
  void whereAWayIsRequiredNothingLeavesPlainly() throws Exception {
    try (EncryptedServer wrong = tls(client.certificates.otherName)) {
      plain.ways = List.of(way(1, "dot", wrong.port()));
      ConfiguredUpstreams upstreams = upstreams("required");
      assertThatThrownBy(() -> ask(upstreams))
          .isInstanceOfSatisfying(
              UpstreamException.class,
              e -> assertThat(e.error()).isEqualTo(ExtendedError.NETWORK_ERROR))
          .hasMessageContaining("ddr=required")
          .hasMessageContaining("it is for other.test");
      assertThat(plain.questions.get()).isZero();
    }
  }

  @Test
  void whereAWayIsRequiredTheFirstQuestionWaitsForIt() throws Exception {
    try (EncryptedServer server = tls(client.certificates.good)) {
      plain.ways = List.of(way(1, "dot", server.port()));
      assertThat(ask(upstreams("required")).answerCount()).isEqualTo(1);
      assertThat(plain.questions.get()).isZero();
    }
  }

  @Test
  void firstQuestionsWaitForAWayForAWhileAndAreThenAskedPlainly() throws Exception {
    plain.mute = true;
    ConfiguredUpstreams upstreams = upstreams("true");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Answer> asked = threads.submit(() -> ask(upstreams));
      clock.awaitWaiting(2); // for the server's ways, and for those
      assertThat(plain.questions.get()).isZero();
      clock.advance(UpgradingForwarder.HEAD_START);
      assertThat(asked.get().answerCount()).isEqualTo(1);
    }
    assertThat(plain.questions.get()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0 dns.example.",
        "1 dns.example. port=853 ipv4hint=127.0.0.1",
        "1 dns.example. alpn=h2 ipv4hint=127.0.0.1",
        "1 dns.example. alpn=http/1.1 dohpath=/dns-query{?dns} ipv4hint=127.0.0.1",
        "1 dns.example. mandatory=key65400 alpn=dot key65400=x ipv4hint=127.0.0.1"
      })
  void waysThatCannotBeTakenAreNoneAndSaidSo(String way) throws Exception {
    plain.ways = List.of(way);
    ConfiguredUpstreams upstreams = upstreams("true");
    Eventually.holds(() ->
        designated(upstreams)
            .equals("none: it designates no encrypted resolver in a way that is known here"));
    assertThat(ask(upstreams).answerCount()).isEqualTo(1);
    assertThat(plain.questions.get()).isEqualTo(1);
  }

  @Test
  void anAliasMakesTheOthersVoid() throws Exception {
    try (EncryptedServer server = tls(client.certificates.good)) {
      plain.ways = List.of(way(1, "dot", server.port()), "0 dns.example.");
      ConfiguredUpstreams upstreams = upstreams("true");
      Eventually.holds(() -> designated(upstreams).startsWith("none: it designates"));
      assertThat(server.connections.get()).isZero();
    }
  }

  @Test
  void aServerWithoutWaysIsAskedPlainlyAndLaterOnceMore() throws Exception {
    ConfiguredUpstreams upstreams = upstreams("true");
    Eventually.holds(
        () -> designated(upstreams).equals("none: it designates no encrypted resolver"));
    ask(upstreams);
    assertThat(plain.questions.get()).isEqualTo(1);
    try (EncryptedServer server = tls(client.certificates.good)) {
      plain.ways = List.of(way(1, "dot", server.port()));
      looked();
      clock.advance(UpgradingForwarder.LEAST);
      Eventually.holds(() -> designated(upstreams).startsWith("tls://"));
    }
  }

  @Test
  void whileWhatItSaidHoldsAFailureIsNoReasonToAskPlainly() throws Exception {
    try (EncryptedServer server = tls(client.certificates.good)) {
      plain.ways = List.of(way(1, "dot", server.port()));
      ConfiguredUpstreams upstreams = upstreams("true");
      Eventually.holds(() -> designated(upstreams).startsWith("tls://"));
      int before = plain.questions.get();
      server.manner = Manner.GARBAGE;
      plain.ways = List.of();
      looked();
      clock.advance(UpgradingForwarder.AGAIN.plusSeconds(1));
      assertThatThrownBy(() -> ask(upstreams)).isInstanceOf(UpstreamException.class);
      Eventually.holds(() -> plain.looks.get() == 2);
      assertThatThrownBy(() -> ask(upstreams)).isInstanceOf(UpstreamException.class);
      assertThat(plain.questions.get()).isEqualTo(before);
      looked();
      clock.advance(TTL);
      Eventually.holds(() -> designated(upstreams).startsWith("none: "));
      assertThat(ask(upstreams).answerCount()).isEqualTo(1);
      assertThat(plain.questions.get()).isEqualTo(before + 1);
      assertThat(client.counters.get(Counter.UPSTREAM_DOWNGRADES)).isEqualTo(1);
    }
  }

  @Test
  void aWayThatFailsMakesRoomForAnotherThatIsDesignated() throws Exception {
    try (EncryptedServer first = tls(client.certificates.good);
        EncryptedServer second = tls(client.certificates.good)) {
      plain.ways = List.of(way(1, "dot", first.port()), way(2, "dot", second.port()));
      ConfiguredUpstreams upstreams = upstreams("true");
      Eventually.holds(() -> designated(upstreams).endsWith(":" + first.port()));
      first.manner = Manner.GARBAGE;
      looked();
      clock.advance(UpgradingForwarder.AGAIN.plusSeconds(1));
      assertThatThrownBy(() -> ask(upstreams)).isInstanceOf(UpstreamException.class);
      Eventually.holds(() -> designated(upstreams).endsWith(":" + second.port()));
      assertThat(ask(upstreams).answerCount()).isEqualTo(1);
    }
  }

  @Test
  void aServerThatSaysNothingAtTheEndKeepsItsWay() throws Exception {
    try (EncryptedServer server = tls(client.certificates.good)) {
      plain.ways = List.of(way(1, "dot", server.port()));
      ConfiguredUpstreams upstreams = upstreams("true");
      Eventually.holds(() -> designated(upstreams).startsWith("tls://"));
      plain.rcode = Rcode.SERVFAIL;
      plain.ways = List.of();
      looked();
      clock.advance(TTL);
      Eventually.holds(() -> plain.looks.get() == 2);
      int before = server.questions.get();
      assertThat(ask(upstreams).answerCount()).isEqualTo(1);
      assertThat(server.questions.get()).isEqualTo(before + 1);
    }
  }

  @Test
  void oneWayStaysOneConnectionThoughItIsDesignatedAgain() throws Exception {
    try (EncryptedServer server = tls(client.certificates.good)) {
      plain.ways = List.of(way(1, "dot", server.port()));
      ConfiguredUpstreams upstreams = upstreams("true");
      Eventually.holds(() -> server.questions.get() == 1);
      for (int i = 2; i < 4; i++) {
        int looks = i;
        looked();
        clock.advance(TTL);
        Eventually.holds(() -> server.questions.get() == looks);
      }
      assertThat(designated(upstreams)).startsWith("tls://");
      assertThat(server.connections.get()).isEqualTo(1);
      assertThat(client.counters.get(Counter.UPSTREAM_UPGRADES)).isEqualTo(1);
    }
  }

  @Test
  void withoutItsCertificateOnlyTheSameAddressWillDoAndOnlyIfAskedFor() throws Exception {
    try (EncryptedServer wrong = tls(client.certificates.otherName)) {
      plain.ways = List.of(way(1, "dot", wrong.port()));
      ConfiguredUpstreams upstreams = upstreams("opportunistic");
      Eventually.holds(() -> designated(upstreams).startsWith("tls://"));
      assertThat(ask(upstreams).answerCount()).isEqualTo(1);
      assertThat(wrong.questions.get()).isEqualTo(2);
      plain.ways = List.of("1 dns.example. alpn=dot ipv4hint=127.0.0.2 port=" + wrong.port());
      ConfiguredUpstreams elsewhere = upstreams("opportunistic");
      Eventually.holds(() -> designated(elsewhere).startsWith("none: "));
    }
  }

  @Test
  void trafficRulesSeeTheWaysOwnHostAndPort() throws Exception {
    Set<String> flows = ConcurrentHashMap.newKeySet();
    Outbound outbound = new Only(new Straight(client.dialer));
    Exits exits =
        flow -> {
          flows.add(flow.host() + " " + flow.server().getPort() + " " + flow.datagrams());
          return outbound;
        };
    try (EncryptedServer server = tls(client.certificates.good)) {
      plain.ways = List.of(way(1, "dot", server.port()));
      ConfiguredUpstreams upstreams = client.upstreams(url("true"), Optional.of(exits));
      upstreams.warmUp();
      Eventually.holds(() -> designated(upstreams).startsWith("tls://"));
      ask(upstreams);
      assertThat(upstreams.status().getFirst().exit()).isEqualTo("only");
      assertThat(flows)
          .containsExactlyInAnyOrder(
              "127.0.0.1 " + plain.port() + " true", "dns.example " + server.port() + " false");
    }
  }

  private record Only(Way way) implements Outbound {
    @Override
    public String name() {
      return "only";
    }

    @Override
    public boolean hedges() {
      return false;
    }

    @Override
    public List<Way> ways(Exits.Flow flow) {
      return List.of(way);
    }
  }

  private record Straight(Dialer dialer) implements Way {
    @Override
    public String name() {
      return "straight";
    }

    @Override
    public boolean carriesDatagrams() {
      return true;
    }

    @Override
    public void answered(long nanos) {}

    @Override
    public void failed(String why) {}
  }

  /** Nothing is waited for but the time of the next look. */
  private void looked() throws Exception {
    Eventually.holds(() -> {
      OptionalLong next = clock.nextDeadline();
      return next.isPresent()
          && next.getAsLong() - clock.nanoTime() > UpgradingForwarder.PATIENCE.toNanos();
    });
  }

  private EncryptedServer tls(X509Bundle certificate) throws Exception {
    return new EncryptedServer(Scheme.TLS, certificate, Manner.ANSWER, 0);
  }

  private static String way(int priority, String alpn, int port) {
    return priority + " dns.example. alpn=" + alpn + " port=" + port + " ipv4hint=127.0.0.1";
  }

  private ConfiguredUpstreams upstreams(String ddr) {
    ConfiguredUpstreams upstreams = client.upstreams(url(ddr));
    upstreams.warmUp();
    return upstreams;
  }

  private String url(String ddr) {
    return "udp://127.0.0.1:" + plain.port() + "?ca=authority.pem&ddr=" + ddr;
  }

  private Answer ask(ConfiguredUpstreams upstreams) throws Exception {
    return EncryptedClient.ask(upstreams, "www.test", clock);
  }

  private static String designated(ConfiguredUpstreams upstreams) {
    return upstreams.status().getFirst().designated();
  }
}
