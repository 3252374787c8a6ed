package dev.gander.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Clock;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.proxy.PeerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UdpExchangeTest {

  private static final Clock CLOCK = Clock.system();

  private final Counters counters = new Counters();
  private final Dialer dialer =
      new Dialer(
          SocketMark.of(0),
          CLOCK,
          Thread.ofPlatform().daemon().factory(),
          new SecureRandom(),
          counters);

  @AfterEach
  void closeDialer() {
    dialer.close();
  }

  @Test
  void anAnswerReachesWhoAsked() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            (question, from, me) -> me.send(ScriptedServer.answerTo(question), from))) {
      byte[] answer = answered(ask(question("www.example"), server.address()));
      assertThat(Arrays.copyOfRange(answer, 4, answer.length))
          .isEqualTo(Arrays.copyOfRange(question("www.example"), 4, answer.length));
      assertThat(counters.get(Counter.UPSTREAM_STRAYS)).isZero();
    }
  }

  @Test
  void aDifferenceInCaseIsTheSameQuestion() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer((question, from, me) -> {
          byte[] answer = ScriptedServer.answerTo(question);
          answer[13] = 'W';
          me.send(answer, from);
        })) {
      assertThat(answered(ask(question("www.example"), server.address()))[13])
          .isEqualTo((byte) 'W');
    }
  }

  @Test
  void whatIsNoAnswerToTheQuestionIsCountedAndWaitingGoesOn() throws Exception {
    try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"));
        ScriptedServer server =
            new ScriptedServer((question, from, me) -> {
              byte[] good = ScriptedServer.answerTo(question);
              me.send(changed(good, 1, good[1] ^ 1), from);
              me.send(changed(good, 2, 0), from);
              me.send(changed(good, 14, 'x'), from);
              me.send(changed(good, good.length - 3, 28), from);
              me.send(changed(good, 5, 0), from);
              me.send(new byte[] {good[0], good[1]}, from);
              me.send(new byte[0], from);
              stranger.send(new java.net.DatagramPacket(good, good.length, from));
              me.send(good, from);
            })) {
      assertThat(answered(ask(question("www.example"), server.address()))).hasSize(29);
      assertThat(counters.get(Counter.UPSTREAM_STRAYS)).isEqualTo(8);
    }
  }

  @Test
  void aRefusalWithoutTheQuestionEndsTheWait() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer((question, from, me) ->
            me.send(
                new byte[] {question[0], question[1], (byte) 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0},
                from))) {
      assertThat(ask(question("www.example"), server.address()))
          .isInstanceOfSatisfying(
              UdpExchange.Outcome.Refused.class,
              refused -> assertThat(refused.why()).hasMessageContaining("RCODE 1"));
    }
  }

  @Test
  void aPortNobodyListensOnIsToldAtOnce() throws Exception {
    InetSocketAddress free =
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), PeerProcess.freePort());
    long before = CLOCK.nanoTime();
    assertThat(ask(question("www.example"), free))
        .isInstanceOfSatisfying(
            UdpExchange.Outcome.Refused.class,
            refused -> assertThat(refused.server()).isEqualTo(free));
    assertThat(CLOCK.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(8));
  }

  @Test
  void silenceEndsAtTheDeadline() throws Exception {
    try (ScriptedServer server = new ScriptedServer((question, from, me) -> {});
        UdpExchange.Asking asking = dialer.udp().begin(question("www.example"), false)) {
      asking.send(server.address());
      assertThat(asking.await(CLOCK.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20)))
          .isInstanceOf(UdpExchange.Outcome.Nothing.class);
    }
  }

  @Test
  void aRetransmitHasTheSameIdAndPortSoThatEitherAnswerCounts() throws Exception {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    AtomicInteger count = new AtomicInteger();
    try (ScriptedServer server =
            new ScriptedServer((question, from, me) -> {
              seen.add(from + " " + question[0] + " " + question[1]);
              if (count.incrementAndGet() == 3) {
                me.send(ScriptedServer.answerTo(question), from);
              }
            });
        UdpExchange.Asking asking = dialer.udp().begin(question("www.example"), false)) {
      for (int i = 0; i < 3; i++) {
        asking.send(server.address());
      }
      answered(asking.await(soon()));
      assertThat(seen).hasSize(1);
    }
  }

  @Test
  void theAnswerOfAServerAskedEarlierStillCounts() throws Exception {
    List<Runnable> later = new ArrayList<>();
    try (ScriptedServer slow =
            new ScriptedServer((question, from, me) ->
                later.add(() -> send(me, ScriptedServer.answerTo(question), from)));
        ScriptedServer second =
            new ScriptedServer((question, from, me) -> later.forEach(Runnable::run));
        UdpExchange.Asking asking = dialer.udp().begin(question("www.example"), false)) {
      asking.send(slow.address());
      UdpExchange.Outcome outcome = new UdpExchange.Outcome.Nothing();
      while (outcome instanceof UdpExchange.Outcome.Nothing) {
        asking.send(second.address());
        outcome = asking.await(CLOCK.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50));
      }
      assertThat(((UdpExchange.Outcome.Answered) outcome).server()).isEqualTo(slow.address());
    }
  }

  @Test
  void anAnswerOf4096BytesIsReceivedWhole() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer((question, from, me) ->
            me.send(Arrays.copyOf(ScriptedServer.answerTo(question), 4096), from))) {
      assertThat(answered(ask(question("www.example"), server.address()))).hasSize(4096);
    }
  }

  @Test
  void ipv6IsAskedLikeIpv4() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            InetAddress.ofLiteral("::1"),
            (question, from, me) -> me.send(ScriptedServer.answerTo(question), from))) {
      answered(ask(question("www.example"), server.address()));
    }
  }

  @Test
  void aServerWithoutARouteIsAnErrorAtOnce() {
    try (UdpExchange.Asking asking = dialer.udp().begin(question("www.example"), false)) {
      InetSocketAddress broadcast =
          new InetSocketAddress(InetAddress.ofLiteral("255.255.255.255"), 53);
      assertThatThrownBy(() -> asking.send(broadcast))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("255.255.255.255");
    }
  }

  @Test
  void fiveThousandQuestionsAtOnceAreAllAnsweredEachWithItsOwnAnswer() throws Exception {
    List<byte[]> held = new ArrayList<>();
    List<InetSocketAddress> askers = new ArrayList<>();
    int all = 5_000;
    try (ScriptedServer server =
            new ScriptedServer((question, from, me) -> {
              held.add(ScriptedServer.answerTo(question));
              askers.add(from);
              if (held.size() >= all) {
                // Only once all are in flight, and the last first. In small bursts: loopback drops.
                for (int i = held.size() - 1; i >= 0; i--) {
                  me.send(held.get(i), askers.get(i));
                }
              }
            });
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> answers = new ArrayList<>();
      for (int i = 0; i < all; i++) {
        byte[] question = question("name" + i + ".example");
        answers.add(threads.submit(() -> patiently(question, server.address())));
      }
      for (int i = 0; i < all; i++) {
        byte[] expected = question("name" + i + ".example");
        byte[] answer = answers.get(i).get(30, TimeUnit.SECONDS);
        assertThat(Arrays.copyOfRange(answer, 12, answer.length))
            .isEqualTo(Arrays.copyOfRange(expected, 12, expected.length));
      }
      assertThat(askers.stream().map(InetSocketAddress::getPort).distinct().count())
          .as("source ports")
          .isGreaterThanOrEqualTo(4);
    }
  }

  @Test
  void sourcePortsAndIdsChange() throws Exception {
    Set<Integer> ports = ConcurrentHashMap.newKeySet();
    Set<Integer> ids = ConcurrentHashMap.newKeySet();
    try (ScriptedServer server =
        new ScriptedServer((question, from, me) -> {
          ports.add(from.getPort());
          ids.add((question[0] & 0xFF) << 8 | (question[1] & 0xFF));
          me.send(ScriptedServer.answerTo(question), from);
        })) {
      int rounds = 20 * KernelNetwork.SPREAD.maxUses();
      for (int i = 0; i < rounds; i++) {
        answered(ask(question("www.example"), server.address()));
      }
      assertThat(ports.size()).isGreaterThan(16);
      // 20,480 draws of 65,536 leave about 17,600 different ones.
      assertThat(ids.size()).isGreaterThan(16_000);
    }
  }

  @Test
  void whoWaitsWhileTheDialerClosesHearsNothingAndNothingIsLeftBehind() throws Exception {
    try (ScriptedServer server = new ScriptedServer((question, from, me) -> {});
        UdpExchange.Asking asking = dialer.udp().begin(question("www.example"), false)) {
      asking.send(server.address());
      dialer.close();
      assertThat(asking.await(CLOCK.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20)))
          .isInstanceOf(UdpExchange.Outcome.Nothing.class);
    }
    try (UdpExchange.Asking late = dialer.udp().begin(question("www.example"), false)) {
      assertThatThrownBy(
              () -> late.send(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 53)))
          .isInstanceOf(IOException.class);
    }
  }

  private UdpExchange.Outcome ask(byte[] question, InetSocketAddress server) throws Exception {
    try (UdpExchange.Asking asking = dialer.udp().begin(question, false)) {
      asking.send(server);
      return asking.await(soon());
    }
  }

  /** Sends again until answered: loopback drops when a receive buffer is full. */
  private byte[] patiently(byte[] question, InetSocketAddress server) throws Exception {
    try (UdpExchange.Asking asking = dialer.udp().begin(question, false)) {
      UdpExchange.Outcome outcome = new UdpExchange.Outcome.Nothing();
      while (outcome instanceof UdpExchange.Outcome.Nothing) {
        asking.send(server);
        outcome = asking.await(CLOCK.nanoTime() + TimeUnit.SECONDS.toNanos(5));
      }
      return answered(outcome);
    }
  }

  private static byte[] answered(UdpExchange.Outcome outcome) {
    assertThat(outcome).isInstanceOf(UdpExchange.Outcome.Answered.class);
    return ((UdpExchange.Outcome.Answered) outcome).message();
  }

  private static long soon() {
    return CLOCK.nanoTime() + TimeUnit.SECONDS.toNanos(20);
  }

  private static void send(ScriptedServer server, byte[] message, InetSocketAddress to) {
    try {
      server.send(message, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] changed(byte[] message, int at, int value) {
    byte[] copy = message.clone();
    copy[at] = (byte) value;
    return copy;
  }

  /** A question for A of a name of two labels; 12 + name + 4 bytes. */
  private static byte[] question(String name) {
    byte[] message = new byte[12 + name.length() + 2 + 4];
    message[2] = 1;
    message[5] = 1;
    int at = 12;
    for (String label : name.split("\\.", -1)) {
      message[at++] = (byte) label.length();
      byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(bytes, 0, message, at, bytes.length);
      at += bytes.length;
    }
    message[at + 2] = 1;
    message[at + 4] = 1;
    return message;
  }

  @Test
  void lettersGoOutInEitherCaseAndMustComeBackSo() throws Exception {
    Set<String> spellings = ConcurrentHashMap.newKeySet();
    try (ScriptedServer server =
        new ScriptedServer((question, from, me) -> {
          spellings.add(new String(question, 12, question.length - 16, StandardCharsets.US_ASCII));
          me.send(ScriptedServer.answerTo(question), from);
        })) {
      for (int i = 0; i < 50; i++) {
        try (UdpExchange.Asking asking = dialer.udp().begin(question("www.example-1.net"), true)) {
          asking.send(server.address());
          byte[] answer = answered(asking.await(soon()));
          assertThat(spellings)
              .contains(new String(answer, 12, answer.length - 16, StandardCharsets.US_ASCII));
        }
      }
      assertThat(spellings).hasSizeGreaterThan(40);
    }
  }

  @Test
  void anAnswerInOtherLettersIsAStrayAndTheRealOneStillCounts() throws Exception {
    try (ScriptedServer server =
            new ScriptedServer((question, from, me) -> {
              byte[] forged = ScriptedServer.answerTo(question);
              for (int i = 13; i < 16; i++) {
                forged[i] ^= 0x20;
              }
              me.send(forged, from);
              me.send(ScriptedServer.answerTo(question), from);
            });
        UdpExchange.Asking asking = dialer.udp().begin(question("www.example"), true)) {
      asking.send(server.address());
      UdpExchange.Outcome outcome = asking.await(soon());
      if (outcome instanceof UdpExchange.Outcome.Miscased miscased) {
        assertThat(miscased.server()).isEqualTo(server.address());
        outcome = asking.await(soon());
      }
      answered(outcome);
      assertThat(counters.get(Counter.UPSTREAM_STRAYS)).isEqualTo(1);
    }
  }
}
