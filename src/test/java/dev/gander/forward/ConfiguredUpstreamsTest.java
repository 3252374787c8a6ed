package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigFile;
import dev.gander.dial.Dialer;
import dev.gander.dial.ScriptedServer;
import dev.gander.dial.SocketMark;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.Question;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.proxy.PeerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Questions to a real unbound, and to servers that misbehave as a real network does. */
class ConfiguredUpstreamsTest {

  private static final Clock CLOCK = Clock.system();
  private static final int LONG_RECORDS = 40;

  @TempDir static Path directory;

  private static Unbound unbound;

  private final Counters counters = new Counters();
  private final Dialer dialer =
      new Dialer(
          SocketMark.of(0),
          CLOCK,
          Thread.ofPlatform().daemon().factory(),
          new SecureRandom(),
          counters);

  @BeforeAll
  static void startUnbound() throws Exception {
    List<String> records = new ArrayList<>();
    records.add("www.test. 300 A 192.0.2.80");
    records.add("www.test. 300 AAAA 2001:db8::80");
    records.add("localhost.resolver.test. 60 A 127.0.0.1");
    records.add("localhost.resolver.test. 60 AAAA ::1");
    for (int i = 0; i < LONG_RECORDS; i++) {
      records.add("long.test. 60 TXT \"record " + i + " " + "x".repeat(80) + "\"");
    }
    for (int i = 0; i < 1000; i++) {
      records.add("name" + i + ".test. 60 A 10.1." + i / 250 + "." + (1 + i % 250));
    }
    unbound = new Unbound(directory, records);
  }

  @AfterAll
  static void stopUnbound() {
    unbound.close();
  }

  @AfterEach
  void closeDialer() {
    dialer.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "udp://127.0.0.1",
        "udp://[::1]",
        "tcp://127.0.0.1",
        "tcp://[::1]",
        "tcp+udp://127.0.0.1"
      })
  void unboundAnswersByEveryTransportAndFamily(String url) throws Exception {
    Upstreams upstreams = upstream(url + ":" + unbound.port());
    Answer answer = ask(upstreams, "www.test", RecordType.A);
    assertThat(addresses(answer)).containsExactly("192.0.2.80");
    assertThat(answer.ttl()).isEqualTo(300);
    assertThat(addresses(ask(upstreams, "www.test", RecordType.AAAA)))
        .containsExactly("2001:db8:0:0:0:0:0:80");
    assertThat(ask(upstreams, "nothing.test", RecordType.A).rcode()).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void anAnswerThatComesTruncatedIsFetchedWholeByTcp() throws Exception {
    Answer answer = ask(upstream("udp://127.0.0.1:" + unbound.port()), "long.test", RecordType.TXT);
    assertThat(answer.truncated()).isFalse();
    assertThat(answer.answerCount()).isEqualTo(LONG_RECORDS);
    assertThat(counters.get(Counter.UPSTREAM_TCP_ASKED)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"udp", "tcp", "tcp+udp"})
  void theNameOfAnUpstreamIsResolvedByTheBootstrapResolver(String scheme) throws Exception {
    Upstreams upstreams =
        upstreams(
            "up: '" + scheme + "://localhost.resolver.test:" + unbound.port() + "'",
            unbound.ipv4());
    assertThat(addresses(ask(upstreams, "www.test", RecordType.A))).containsExactly("192.0.2.80");
    assertThat(addresses(ask(upstreams, "www.test", RecordType.A))).containsExactly("192.0.2.80");
  }

  @Test
  void aNameThatDoesNotResolveIsSaidToTheClient() {
    Upstreams upstreams = upstreams("up: 'udp://no.such.resolver.test'", unbound.ipv4());
    assertThatThrownBy(() -> ask(upstreams, "www.test", RecordType.A))
        .isInstanceOf(UpstreamException.class)
        .hasMessageContaining("no.such.resolver.test");
  }

  @Test
  void asIsAsksTheServerTheClientAsked() throws Exception {
    Upstreams upstreams = upstreams("", unbound.ipv4());
    Client client = new Client();
    client.setAsked(unbound.ipv4());
    Query query = query("www.test", RecordType.A, client);
    assertThat(addresses(upstreams.askAsIs(query, soon()))).containsExactly("192.0.2.80");
  }

  @Test
  void fiveThousandQuestionsAtOnceAreAllAnswered() throws Exception {
    Upstreams upstreams = upstream("udp://127.0.0.1:" + unbound.port());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        String name = "name" + i % 1000 + ".test";
        answers.add(threads.submit(() -> ask(upstreams, name, RecordType.A)));
      }
      for (int i = 0; i < 5_000; i++) {
        int n = i % 1000;
        assertThat(addresses(answers.get(i).get(30, TimeUnit.SECONDS)))
            .containsExactly("10.1." + n / 250 + "." + (1 + n % 250));
      }
    }
    assertThat(counters.get(Counter.UPSTREAM_UDP_SENT)).isEqualTo(5_000);
  }

  @Test
  void aLostPacketCostsARetransmitNotTheQuestion() throws Exception {
    Set<Integer> known = new HashSet<>();
    try (ScriptedServer lossy =
        new ScriptedServer((question, from, me) -> {
          int key = from.getPort() << 16 | (question[0] & 0xFF) << 8 | (question[1] & 0xFF);
          if (!known.add(key)) {
            me.send(ScriptedServer.answerTo(question), from);
          }
        })) {
      Upstreams upstreams = upstream("udp://127.0.0.1:" + lossy.address().getPort());
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
          String name = "name" + i + ".test";
          answers.add(threads.submit(() -> ask(upstreams, name, RecordType.A)));
        }
        for (Future<Answer> answer : answers) {
          assertThat(answer.get(30, TimeUnit.SECONDS).rcode()).isEqualTo(Rcode.NOERROR);
        }
      }
      assertThat(counters.get(Counter.UPSTREAM_UDP_RETRANSMITS)).isGreaterThanOrEqualTo(500);
    }
  }

  @Test
  void tcpUdpTurnsToTcpWhenUdpIsSilent() throws Exception {
    try (ScriptedServer silent =
        new ScriptedServer(InetAddress.ofLiteral("127.0.0.1"), (question, from, me) -> {})) {
      // Nobody listens there by TCP either.
      Upstreams upstreams = upstream("tcp+udp://127.0.0.1:" + silent.address().getPort());
      assertThatThrownBy(() ->
              upstreams.ask(
                  query("www.test", RecordType.A, new Client()),
                  "up",
                  CLOCK.nanoTime() + TimeUnit.SECONDS.toNanos(2)))
          .isInstanceOf(UpstreamException.class)
          .hasMessageContaining("did not answer in time");
      assertThat(counters.get(Counter.UPSTREAM_TCP_ASKED)).isEqualTo(1);
    }
  }

  @Test
  void silenceEndsWithTheBudgetAndSaysWhoWasSilent() throws Exception {
    try (ScriptedServer silent = new ScriptedServer((question, from, me) -> {})) {
      Upstreams upstreams = upstream("udp://127.0.0.1:" + silent.address().getPort());
      long deadline = CLOCK.nanoTime() + TimeUnit.SECONDS.toNanos(2);
      assertThatThrownBy(
              () -> upstreams.ask(query("www.test", RecordType.A, new Client()), "up", deadline))
          .isInstanceOfSatisfying(
              UpstreamException.class,
              e -> assertThat(e.error()).isEqualTo(ExtendedError.NO_REACHABLE_AUTHORITY))
          .hasMessageContaining("'up'");
      assertThat(CLOCK.nanoTime()).isGreaterThanOrEqualTo(deadline);
      assertThat(counters.get(Counter.UPSTREAM_UDP_RETRANSMITS)).isBetween(1L, 4L);
    }
  }

  @Test
  void anUpstreamThatRefusesFailsLongBeforeTheBudget() throws Exception {
    int free = PeerProcess.freePort();
    Upstreams upstreams = upstream("udp://127.0.0.1:" + free);
    long before = CLOCK.nanoTime();
    assertThatThrownBy(() -> ask(upstreams, "www.test", RecordType.A))
        .isInstanceOfSatisfying(
            UpstreamException.class,
            e -> assertThat(e.error()).isEqualTo(ExtendedError.NETWORK_ERROR));
    assertThat(CLOCK.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(10));
  }

  @Test
  void aGroupTurnsToItsNextMember() throws Exception {
    Upstreams upstreams =
        upstreams(
            """
            dead: 'udp://127.0.0.1:%d'
            later: 'https://127.0.0.1:%d/dns-query'
            good: 'udp://127.0.0.1:%d'
            """
                .formatted(PeerProcess.freePort(), PeerProcess.freePort(), unbound.port()),
            "all { upstream: dead, later, good }",
            unbound.ipv4());
    Query query = query("www.test", RecordType.A, new Client());
    assertThat(addresses(upstreams.ask(query, "all", soon()).answer()))
        .containsExactly("192.0.2.80");
  }

  @Test
  void anUnknownUpstreamIsAnErrorNotACrash() {
    assertThatThrownBy(() -> upstream("udp://127.0.0.1").ask(own("www.test"), "other", soon()))
        .isInstanceOf(UpstreamException.class)
        .hasMessageContaining("'other'");
  }

  private Answer ask(Upstreams upstreams, String name, int type)
      throws IOException, InterruptedException {
    return upstreams.ask(query(name, type, new Client()), "up", soon()).answer();
  }

  private Upstreams upstream(String url) {
    return upstreams("up: '" + url + "'", unbound.ipv4());
  }

  private Upstreams upstreams(String upstreams, InetSocketAddress bootstrap) {
    return upstreams(upstreams, "", bootstrap);
  }

  private Upstreams upstreams(String upstreams, String groups, InetSocketAddress bootstrap) {
    String text =
        "global { } dns { upstream { "
            + upstreams
            + "\n} upstream_group { "
            + groups
            + "\n} }\n"
            + "routing { fallback: direct }";
    try {
      return new ConfiguredUpstreams(
          ConfigFile.parse(text, "test.dae").settings().dns(),
          TestBootstrap.of(List.of(bootstrap), dialer, counters),
          dialer,
          Optional.empty(),
          CLOCK,
          task -> Thread.ofVirtual().start(task),
          counters);
    } catch (dev.gander.config.ConfigException e) {
      throw new AssertionError(e);
    }
  }

  private static Query own(String name) {
    return Query.own(Question.of(name, RecordType.A), false);
  }

  private static Query query(String name, int type, Client client) {
    byte[] wire = Query.own(Question.of(name, type), false).toUpstream();
    QueryView view = new QueryView();
    assertThat(view.parse(wire, 0, wire.length)).isEqualTo(QueryView.Verdict.OK);
    return view.toQuery(client);
  }

  private static List<String> addresses(Answer answer) {
    List<String> addresses = new ArrayList<>();
    answer.anyAddress((high, low) -> {
      addresses.add(Client.address(high, low).getHostAddress());
      return false;
    });
    return addresses;
  }

  private static long soon() {
    return CLOCK.nanoTime() + TimeUnit.SECONDS.toNanos(20);
  }
}
