package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import dev.gander.clock.FakeClock;
import dev.gander.dial.Dialer;
import dev.gander.dial.ScriptedServer;
import dev.gander.dial.SocketMark;
import dev.gander.message.EdnsOptions;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import dev.gander.observe.Counters;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One connection, whose server is this test; time is the test's too. */
class PipelineTest {

  private static final int KEEPALIVE = EdnsOptions.TCP_KEEPALIVE;

  private final FakeClock clock = new FakeClock();
  private final Dialer dialer =
      new Dialer(
          SocketMark.of(0),
          clock,
          Thread.ofPlatform().daemon().factory(),
          new SecureRandom(),
          new Counters());
  private ServerSocket listening;
  private Socket accepted;
  private Pipeline pipeline;

  @BeforeEach
  void connect() throws Exception {
    listening = new ServerSocket(0, 8, InetAddress.ofLiteral("127.0.0.1"));
    InetSocketAddress server = (InetSocketAddress) listening.getLocalSocketAddress();
    pipeline =
        new Pipeline(
            dialer.connect(server, soon()), "the server", Thread::startVirtualThread, clock);
    accepted = listening.accept();
  }

  @AfterEach
  void close() throws Exception {
    pipeline.close();
    dialer.close();
    accepted.close();
    listening.close();
  }

  private long soon() {
    return clock.nanoTime() + TimeUnit.SECONDS.toNanos(20);
  }

  @Test
  void whoIsInterruptedWhileTheServerTakesNothingEndsHisQuestionAndNoOther() throws Exception {
    Thread asking =
        Thread.ofPlatform()
            .start(() -> {
              // More than the kernel's buffers for a connection hold, each way.
              for (int i = 0; i < 400; i++) {
                Pipeline.Waiting _ = send(large(), i);
              }
            });
    Eventually.holds(() -> asking.getState() != Thread.State.RUNNABLE);
    asking.interrupt();
    asking.join();
    Pipeline.Waiting small = send(query("small.test"), 5000);
    DataInputStream in = new DataInputStream(accepted.getInputStream());
    byte[] question = read(in);
    while (question.length > 512) {
      question = read(in);
    }
    answer(ScriptedServer.answerTo(question));
    assertThat(small.answer.get(20, TimeUnit.SECONDS)).isNotEmpty();
    assertThat(pipeline.open()).isTrue();
  }

  @Test
  void aQuestionThatNobodyWaitsForIsNotSent() throws Exception {
    List<Pipeline.Waiting> all = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      all.add(send(large(), i));
    }
    Pipeline.Waiting last = send(query("last.test"), 5000);
    // The reader waits for an answer, the writer for room.
    clock.awaitWaiting(2);
    all.forEach(pipeline::forget);
    DataInputStream in = new DataInputStream(accepted.getInputStream());
    int count = 0;
    byte[] question = read(in);
    while (question.length > 512) {
      count++;
      question = read(in);
    }
    assertThat(count).isLessThan(all.size());
    answer(ScriptedServer.answerTo(question));
    assertThat(last.answer.get(20, TimeUnit.SECONDS)).isNotEmpty();
  }

  @Test
  void aServerThatTakesNothingForTwoSecondsIsGivenUp() throws Exception {
    Pipeline.Waiting first = send(large(), 0);
    for (int i = 1; i < 400; i++) {
      Pipeline.Waiting _ = send(large(), i);
    }
    // The kernel may take some more of it while the writer waits, who then waits anew.
    Eventually.holds(() -> {
      clock.advance(Duration.ofSeconds(2));
      return !pipeline.open();
    });
    assertThatThrownBy(() -> first.answer.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(Pipeline.EndedException.class);
    assertThat(pipeline.open()).isFalse();
  }

  @Test
  void withoutAWordOfTheServersAnIdleConnectionEndsAfterTenSeconds() throws Exception {
    askAndHear("a.test", -1);
    idle(Duration.ofMillis(9_900));
    assertThat(pipeline.open()).isTrue();
    clock.advance(Duration.ofMillis(200));
    assertThat(accepted.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void theServerSaysHowLongAnIdleConnectionStands() throws Exception {
    askAndHear("a.test", 600);
    for (int i = 0; i < 5; i++) {
      idle(Duration.ofSeconds(11));
      assertThat(pipeline.open()).isTrue();
    }
    idle(Duration.ofSeconds(6));
    assertThat(accepted.getInputStream().read()).isEqualTo(-1);
    assertThat(pipeline.open()).isFalse();
  }

  @Test
  void aServerThatWantsNoFurtherQuestionGetsNoneAndAnswersThoseItHas() throws Exception {
    Pipeline.Waiting other = send(query("other.test"), 9);
    DataInputStream in = new DataInputStream(accepted.getInputStream());
    byte[] held = read(in);
    askAndHear("a.test", 0);
    assertThat(pipeline.open()).isFalse();
    assertThat(pipeline.send(query("late.test"), 10)).isNull();
    answer(ScriptedServer.answerTo(held));
    assertThat(other.answer.get(20, TimeUnit.SECONDS)).isNotEmpty();
    assertThat(in.read()).isEqualTo(-1);
  }

  /** Lets time pass in which nothing happens; the reader looks at it and waits again. */
  private void idle(Duration time) throws Exception {
    clock.awaitWaiting(1);
    clock.advance(time);
    Eventually.holds(
        () -> !pipeline.open() || clock.nextDeadline().orElse(0) - clock.nanoTime() > 0);
  }

  /** {@code tenths} of a second are what the answer says of keepalive; nothing if negative. */
  private void askAndHear(String name, int tenths) throws Exception {
    Pipeline.Waiting asked = send(query(name), 77);
    byte[] answer = ScriptedServer.answerTo(read(new DataInputStream(accepted.getInputStream())));
    if (tenths >= 0) {
      byte[] told = {(byte) (tenths >> 8), (byte) tenths};
      answer = EdnsOptions.with(answer, KEEPALIVE, told);
    }
    answer(answer);
    assertThat(asked.answer.get(20, TimeUnit.SECONDS)).isNotEmpty();
  }

  private Pipeline.Waiting send(byte[] message, int id) {
    return Objects.requireNonNull(pipeline.send(message, id), "the connection has ended");
  }

  private static byte[] read(DataInputStream in) throws IOException {
    byte[] question = new byte[in.readUnsignedShort()];
    in.readFully(question);
    return question;
  }

  private void answer(byte[] message) throws IOException {
    byte[] framed = new byte[2 + message.length];
    framed[0] = (byte) (message.length >>> 8);
    framed[1] = (byte) message.length;
    System.arraycopy(message, 0, framed, 2, message.length);
    accepted.getOutputStream().write(framed);
  }

  private static byte[] query(String name) {
    return Query.own(Question.of(name, RecordType.A), false).toUpstream();
  }

  private static byte[] large() {
    return EdnsOptions.with(query("large.test"), 65_001, new byte[60_000]);
  }
}
