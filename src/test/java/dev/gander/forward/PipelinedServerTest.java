package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Clock;
import dev.gander.clock.Eventually;
import dev.gander.clock.FakeClock;
import dev.gander.dial.Dialer;
import dev.gander.dial.ScriptedServer;
import dev.gander.dial.SocketMark;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import dev.gander.observe.Counters;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PipelinedServerTest {

  private static final Clock CLOCK = Clock.system();

  /** What a server does with one connection; closed when it returns. */
  @FunctionalInterface
  private interface Talk {
    void with(DataInputStream in, OutputStream out, int connection) throws IOException;
  }

  private final Dialer dialer = dialer(CLOCK);
  private final AtomicInteger connections = new AtomicInteger();

  @AfterEach
  void closeDialer() {
    dialer.close();
  }

  @Test
  void manyQuestionsShareOneConnectionAndAreAnsweredInAnyOrder() throws Exception {
    int all = 100;
    Talk lastFirst =
        (in, out, connection) -> {
          List<byte[]> held = new ArrayList<>();
          for (int i = 0; i < all; i++) {
            held.add(question(in));
          }
          for (byte[] question : held.reversed()) {
            answer(out, question);
          }
          question(in);
        };
    // Time stands still: no connection is doubted because it is silent.
    FakeClock clock = new FakeClock();
    try (ServerSocket socket = serve(lastFirst);
        Dialer patient = dialer(clock);
        PipelinedServer server = server(socket, patient, clock)) {
      askAtOnce(server, all, clock, () -> {});
    }
    assertThat(connections).hasValue(1);
  }

  @Test
  void questionsOnAConnectionThatEndsAreAskedAgainOnAFreshOne() throws Exception {
    Talk firstDies =
        (in, out, connection) -> {
          answer(out, question(in));
          if (connection == 1) {
            question(in);
            return;
          }
          while (true) {
            answer(out, question(in));
          }
        };
    try (ServerSocket socket = serve(firstDies);
        PipelinedServer server = server(socket)) {
      askAtOnce(server, 1);
      askAtOnce(server, 50);
    }
    assertThat(connections.get()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void aServerOfOneQuestionAConnectionAnswersAll() throws Exception {
    try (ServerSocket socket = serve((in, out, connection) -> answer(out, question(in)));
        PipelinedServer server = server(socket)) {
      askAtOnce(server, 20);
    }
  }

  @Test
  void aConnectionThatFallsSilentCostsItsQuestionsAMomentOnly() throws Exception {
    Talk firstSilent =
        (in, out, connection) -> {
          while (true) {
            byte[] question = question(in);
            if (connection > 1) {
              answer(out, question);
            }
          }
        };
    FakeClock clock = new FakeClock();
    try (ServerSocket socket = serve(firstSilent);
        Dialer patient = dialer(clock);
        PipelinedServer server = server(socket, patient, clock)) {
      assertThat(server.connected().get(20, TimeUnit.SECONDS).getPort())
          .isEqualTo(socket.getLocalPort());
      clock.advance(Duration.ofNanos(1)); // it has said nothing since
      askAtOnce(
          server,
          20,
          clock,
          () -> {
            // Who asks, and the one who reads.
            clock.awaitWaiting(21);
            clock.advance(PipelinedServer.SILENT);
          });
    }
    assertThat(connections).hasValue(2);
  }

  @Test
  void whereMoreThan128WaitOnASlowConnectionASecondIsMadeAndNoThird() throws Exception {
    BlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
    Talk holding =
        (in, out, connection) -> {
          while (true) {
            byte[] question = question(in);
            held.add(() -> {
              try {
                answer(out, question);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
          }
        };
    // Time stands still: no connection is doubted because it is silent.
    FakeClock clock = new FakeClock();
    try (ServerSocket socket = serve(holding);
        Dialer patient = dialer(clock);
        PipelinedServer server = server(socket, patient, clock);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> answers = new ArrayList<>();
      long deadline = clock.nanoTime() + TimeUnit.SECONDS.toNanos(5);
      for (int i = 0; i < 1000; i++) {
        byte[] query = query("name" + i + ".test");
        answers.add(threads.submit(() -> server.ask(query, deadline)));
        if (i == PipelinedServer.MANY - 1) {
          Eventually.holds(() -> held.size() == PipelinedServer.MANY);
          assertThat(connections).hasValue(1);
        } else if (i == 2 * PipelinedServer.MANY - 1) {
          // More wait, but not for long.
          Eventually.holds(() -> held.size() == 2 * PipelinedServer.MANY);
          assertThat(connections).hasValue(1);
          clock.advance(PipelinedServer.SLOW);
        } else if (i == 2 * PipelinedServer.MANY) {
          Eventually.holds(() -> connections.get() == 2);
        }
      }
      Eventually.holds(() -> held.size() == 1000);
      assertThat(connections).hasValue(2);
      held.forEach(Runnable::run);
      for (Future<byte[]> answer : answers) {
        assertThat(answer.get(20, TimeUnit.SECONDS)).isNotEmpty();
      }
    }
  }

  @Test
  void closingEndsWhoWaits() throws Exception {
    try (ServerSocket socket =
            serve((in, out, connection) -> {
              while (true) {
                question(in);
              }
            });
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      PipelinedServer server = server(socket);
      Future<byte[]> asked = threads.submit(() -> server.ask(query("www.test"), soon()));
      server.close();
      assertThatThrownBy(() -> asked.get(20, TimeUnit.SECONDS))
          .hasCauseInstanceOf(IOException.class);
    }
  }

  /** What happens meanwhile. */
  @FunctionalInterface
  private interface Meanwhile {
    void happens() throws Exception;
  }

  private static void askAtOnce(PipelinedServer server, int count) throws Exception {
    askAtOnce(server, count, CLOCK, () -> {});
  }

  private static void askAtOnce(PipelinedServer server, int count, Clock clock, Meanwhile meanwhile)
      throws Exception {
    long deadline = clock.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> answers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        byte[] query = query("name" + i + ".test");
        answers.add(threads.submit(() -> server.ask(query, deadline)));
      }
      meanwhile.happens();
      for (int i = 0; i < count; i++) {
        byte[] answer = answers.get(i).get(30, TimeUnit.SECONDS);
        byte[] expected = query("name" + i + ".test");
        assertThat(answer).hasSize(expected.length);
        assertThat(java.util.Arrays.copyOfRange(answer, 12, answer.length))
            .isEqualTo(java.util.Arrays.copyOfRange(expected, 12, expected.length));
      }
    }
  }

  private static Dialer dialer(Clock clock) {
    return new Dialer(
        SocketMark.of(0),
        clock,
        Thread.ofPlatform().daemon().factory(),
        new SecureRandom(),
        new Counters());
  }

  private PipelinedServer server(ServerSocket socket) {
    return server(socket, dialer, CLOCK);
  }

  private static PipelinedServer server(ServerSocket socket, Dialer dialer, Clock clock) {
    return new PipelinedServer(
        (InetSocketAddress) socket.getLocalSocketAddress(),
        dialer::connect,
        dialer::messageId,
        Thread::startVirtualThread,
        clock);
  }

  private ServerSocket serve(Talk talk) throws IOException {
    ServerSocket server = new ServerSocket(0, 128, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try {
              Socket socket = server.accept();
              int number = connections.incrementAndGet();
              Thread.ofVirtual().start(() -> talk(talk, socket, number));
            } catch (IOException e) {
              // Closed: the test is over.
            }
          }
        });
    return server;
  }

  private static void talk(Talk talk, Socket socket, int number) {
    try (socket) {
      talk.with(new DataInputStream(socket.getInputStream()), socket.getOutputStream(), number);
    } catch (IOException e) {
      // The client has closed.
    }
  }

  private static byte[] question(DataInputStream in) throws IOException {
    byte[] question = new byte[in.readUnsignedShort()];
    in.readFully(question);
    return question;
  }

  private static void answer(OutputStream out, byte[] question) throws IOException {
    byte[] framed = new byte[2 + question.length];
    framed[0] = (byte) (question.length >>> 8);
    framed[1] = (byte) question.length;
    System.arraycopy(ScriptedServer.answerTo(question), 0, framed, 2, question.length);
    out.write(framed);
  }

  private static byte[] query(String name) {
    return Query.own(Question.of(name, RecordType.A), false).toUpstream();
  }

  private static long soon() {
    return CLOCK.nanoTime() + TimeUnit.SECONDS.toNanos(20);
  }
}
