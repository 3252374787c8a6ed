package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Lab;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.NetworkNamespace;
import dev.gander.kernel.TcxPrograms;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@code on_exit: keep}: what goes on when the process is gone, and how the next one takes over.
 */
@Tag("kernel")
class KeepKernelTest {

  private static final String NAME = "kept.example";
  private static final String ASKED = "198.51.100.53";
  private static final String SERVICE = "203.0.113.1";
  private static final int A = 1;
  private static final int ANSWER = 2;

  private Lab lab;

  @BeforeEach
  void open() throws Exception {
    lab = new Lab('w', 'x');
  }

  @AfterEach
  void close() throws Exception {
    lab.router()
        .call(() -> {
          Interceptor.endLeftovers();
          return 0;
        });
    lab.close();
  }

  /** In whatever process: one answer of an hour, and the promise to go on giving it. */
  static void keepOneAnswer(Interceptor interceptor, int millis) {
    interceptor.afterExit(Optional.of(Duration.ofMillis(millis)));
    KernelAnswers answers = interceptor.answers();
    answers.enable(new KernelAnswers.Mode(7, false, 30, 0, 4711));
    byte[] record = Dns.record(A, 3600, (byte) 192, (byte) 0, (byte) 2, (byte) 1);
    long now = System.nanoTime();
    answers.put(
        new KernelAnswer(
            new KernelAnswer.Key(Dns.name(NAME), A, false, false, 0, 0, 0),
            new KernelAnswer.Content(
                0, 1, 0, 0, record, new char[] {6}, new byte[0], new byte[0], false),
            new KernelAnswer.Life(
                7, false, now, now + 3_600_000_000_000L, now + 3_600_000_000_000L),
            1));
    answers.heartbeat(now);
  }

  /** Asks for the kept name; whether an answer (and not an echo) came from the server asked. */
  private boolean isAnswered(String name, String server, int millis) throws Exception {
    return lab.client().call(() -> exchange(name, server, millis));
  }

  private static boolean exchange(String name, String server, int millis) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      byte[] query = Dns.query(99, Dns.RD, name, A);
      socket.setSoTimeout(millis);
      InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(server), 53);
      socket.send(new DatagramPacket(query, query.length, address));
      DatagramPacket reply = new DatagramPacket(new byte[1500], 1500);
      socket.receive(reply);
      assertThat(reply.getAddress()).isEqualTo(address.getAddress());
      return (reply.getData()[ANSWER] & 0x80) != 0;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  private List<Integer> hooks() throws Exception {
    return lab.router()
        .call(() -> {
          try (Netlink netlink = Netlink.open()) {
            return TcxPrograms.ingress(netlink.link("lan0").orElseThrow().ifindex());
          }
        });
  }

  /** The kernel takes a program off a moment after the last pin of its link is gone. */
  private void awaitNoHook() throws Exception {
    Eventually.holds(() -> hooks().isEmpty());
  }

  private Interceptor intercept(int answers) throws Exception {
    return lab.router().call(() -> Interceptor.open(1, Rig.KERNEL, answers));
  }

  private void apply(Interceptor interceptor, Optional<Duration> keepFor) throws Exception {
    lab.router()
        .call(() -> {
          interceptor.apply(List.of("lan0"));
          interceptor.afterExit(keepFor);
          return 0;
        });
  }

  @Test
  void killedItAnswersWhatItKeepsAndMissesPass() throws Exception {
    lab.inRouter("ip addr add " + SERVICE + "/32 dev lo");
    try (LocalEcho service = new LocalEcho(lab, SERVICE, 53)) {
      try (InterceptorProcess process = InterceptorProcess.keeping(lab, 3_600_000)) {
        assertThat(isAnswered(NAME, ASKED, 2000)).isTrue();
        process.kill();
      }
      for (int i = 0; i < 100; i++) {
        assertThat(isAnswered(NAME, ASKED, 2000)).isTrue();
      }
      assertThat(Rig.ask(lab, SERVICE, 53, "a query of more than twenty bytes").from())
          .as("a miss reaches whom it is for")
          .isEqualTo(SERVICE);
      assertThat(isAnswered("other.example", ASKED, 50)).isFalse();
      assertThat(service).isNotNull();
    }
  }

  @Test
  void afterKeepForEverythingPasses() throws Exception {
    try (InterceptorProcess process = InterceptorProcess.keeping(lab, 1)) {
      process.kill();
    }
    assertThat(isAnswered(NAME, ASKED, 50)).isFalse();
    assertThat(hooks()).hasSize(1);
  }

  @Test
  void theNextOneTakesOverAnswersAndHookWithoutAGap() throws Exception {
    try (InterceptorProcess process = InterceptorProcess.keeping(lab, 3_600_000)) {
      process.kill();
    }
    List<Integer> before = hooks();
    Interceptor next = intercept(64);
    try (EchoServer server = new EchoServer(next, 1, true)) {
      assertThat(next.answers().generation()).isEqualTo(7);
      assertThat(next.answers().policy()).isEqualTo(4711);
      for (int i = 0; i < 20; i++) {
        assertThat(isAnswered(NAME, ASKED, 2000)).isTrue();
      }
      apply(next, Optional.of(Duration.ofHours(1)));
      assertThat(hooks()).as("one program, another than before").isNotEqualTo(before);
      assertThat(hooks()).hasSize(1);
      for (int i = 0; i < 20; i++) {
        assertThat(isAnswered(NAME, ASKED, 2000)).isTrue();
      }
      assertThat(next.counters()).containsEntry("kernel_fresh", 20L);
      assertThat(server.busyListeners()).isZero();
      next.close();
    }
    assertThat(isAnswered(NAME, ASKED, 2000)).as("a planned end keeps, too").isTrue();
  }

  @Test
  void anotherSizeBeginsWithNoAnswersButAlsoWithoutAGap() throws Exception {
    try (InterceptorProcess process = InterceptorProcess.keeping(lab, 3_600_000)) {
      process.kill();
    }
    try (Interceptor next = intercept(128);
        EchoServer server = new EchoServer(next, 1, true)) {
      assertThat(next.answers().generation()).isZero();
      assertThat(isAnswered(NAME, ASKED, 2000)).as("by the old program").isTrue();
      apply(next, Optional.empty());
      assertThat(hooks()).hasSize(1);
      assertThat(Rig.ask(lab, ASKED, 53, "a query of more than twenty bytes").from())
          .isEqualTo(ASKED);
      assertThat(server.busyListeners()).isEqualTo(1);
    }
    awaitNoHook();
  }

  @Test
  void whereNothingIsInterceptedAnyMoreLeftoversEnd() throws Exception {
    try (InterceptorProcess process = InterceptorProcess.keeping(lab, 3_600_000)) {
      lab.router()
          .call(() -> {
            Interceptor.endLeftovers();
            return 0;
          });
      assertThat(isAnswered(NAME, ASKED, 2000)).as("not one that lives").isTrue();
      process.kill();
    }
    lab.router()
        .call(() -> {
          Interceptor.endLeftovers();
          return 0;
        });
    awaitNoHook();
  }

  @Test
  void clsactCannotKeepAndSaysSo() throws Exception {
    try (Interceptor interceptor =
        lab.router().call(() -> Interceptor.open(1, Rig.without(true, false, false), 64))) {
      assertThatThrownBy(() -> apply(interceptor, Optional.of(Duration.ofHours(1))))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("Linux 6.6");
    }
  }

  private static Path pins(Lab lab) throws Exception {
    String namespace = lab.router().call(NetworkNamespace::current);
    return Path.of("/sys/fs/bpf/gander-" + namespace.replaceAll("[^0-9]", ""));
  }

  /** A gander that ends and leaves its hook at work. */
  private void keepHook() throws Exception {
    Interceptor interceptor = intercept(16);
    lab.router()
        .call(() -> {
          interceptor.apply(List.of("lan0"));
          keepOneAnswer(interceptor, 60_000);
          interceptor.close();
          return 0;
        });
  }

  private static void startElsewhere(Lab other) throws Exception {
    other
        .router()
        .call(() -> {
          Interceptor.open(1, Rig.KERNEL).close();
          return 0;
        });
  }

  @Test
  void pinsOfANamespaceThatIsGoneAreRemovedByAStartInAnother() throws Exception {
    keepHook();
    Path pins = pins(lab);
    try (Lab other = new Lab('y', 'z')) {
      startElsewhere(other);
      assertThat(pins).as("while its namespace lives").isNotEmptyDirectory();
      lab.close();
      // The kernel takes namespaces down behind our back.
      Eventually.holds(() -> {
        startElsewhere(other);
        return !Files.exists(pins);
      });
    }
    lab = new Lab('w', 'x');
  }
}
