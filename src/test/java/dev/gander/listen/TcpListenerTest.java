package dev.gander.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Clock;
import dev.gander.clock.Eventually;
import dev.gander.clock.FakeClock;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.message.Messages;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TcpKeepaliveOption;

class TcpListenerTest {

  private static final Duration IDLE = Duration.ofSeconds(10);
  private static final Limits LIMITS = new Limits(6, 3, 8, IDLE);

  private final FakeClock clock = new FakeClock();
  private final Pipeline pipeline = new Pipeline(Clock.system());

  @AfterEach
  void release() {
    pipeline.release();
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, 127.0.0.1", "0.0.0.0, 127.0.0.7", "::1, ::1", "::, 127.0.0.7"})
  void manyQueriesOnOneConnectionAreAnswered(String boundTo, String asked) throws Exception {
    try (TcpListener listener = start(boundTo, LIMITS);
        Connection connection = new Connection(listener, asked)) {
      for (int i = 0; i < 50; i++) {
        connection.send(Messages.query("name" + i % 20 + ".example", RecordType.A, i));
        Message reply = connection.receive();
        assertThat(reply.getHeader().getID()).isEqualTo(i);
        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
      }
    }
  }

  @Test
  void aSlowAnswerDoesNotHoldUpTheOnesBehindIt() throws Exception {
    try (TcpListener listener = start("127.0.0.1", LIMITS);
        Connection connection = new Connection(listener)) {
      connection.sendAtOnce(
          Messages.query("slow.example", RecordType.A, 1),
          Messages.query("quick.example", RecordType.A, 2));
      assertThat(connection.receive().getHeader().getID()).isEqualTo(2);
      pipeline.release();
      assertThat(connection.receive().getHeader().getID()).isEqualTo(1);
    }
  }

  @Test
  void anAnswerOfManyThousandBytesComesWhole() throws Exception {
    try (TcpListener listener = start("127.0.0.1", LIMITS);
        Connection connection = new Connection(listener)) {
      for (int i = 0; i < 2; i++) {
        connection.send(Messages.query("long.example", RecordType.TXT, i));
        assertThat(connection.receive().getSection(Section.ANSWER)).hasSize(240);
      }
    }
  }

  @Test
  void aQueryMayComeByteByByte() throws Exception {
    try (TcpListener listener = start("127.0.0.1", LIMITS);
        Connection connection = new Connection(listener)) {
      byte[] wire = Messages.query("www.example", RecordType.A, 9).toWire();
      connection.out.write(0);
      connection.out.write(wire.length);
      for (byte b : wire) {
        connection.out.write(b);
        connection.out.flush();
      }
      assertThat(connection.receive().getHeader().getID()).isEqualTo(9);
    }
  }

  @Test
  void aClientThatHasClosedItsHalfStillGetsItsAnswers() throws Exception {
    try (TcpListener listener = start("127.0.0.1", LIMITS);
        Connection connection = new Connection(listener)) {
      connection.send(Messages.query("slow.example", RecordType.A, 3));
      connection.socket.shutdownOutput();
      pipeline.awaitSlowAsked();
      pipeline.release();
      assertThat(connection.receive().getHeader().getID()).isEqualTo(3);
      connection.assertClosed();
    }
  }

  @Test
  void beyondTheBoundOfQueriesInFlightTheClientWaits() throws Exception {
    Limits one = new Limits(6, 3, 1, IDLE);
    try (TcpListener listener = start("127.0.0.1", one);
        Connection connection = new Connection(listener)) {
      connection.sendAtOnce(
          Messages.query("slow.example", RecordType.A, 1),
          Messages.query("quick1.example", RecordType.A, 2),
          Messages.query("quick2.example", RecordType.A, 3));
      pipeline.awaitSlowAsked();
      pipeline.release();
      for (int id = 1; id <= 3; id++) {
        assertThat(connection.receive().getHeader().getID()).isEqualTo(id);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 9, TCP_CONNECTIONS_REFUSED", "9, 3, TCP_CONNECTIONS_OF_CLIENT_REFUSED"})
  void beyondTheBoundOfConnectionsTheNextIsClosed(int all, int ofClient, Counter counter)
      throws Exception {
    Limits limits = new Limits(all, ofClient, 8, IDLE);
    try (TcpListener listener = start("127.0.0.1", limits);
        Connection first = new Connection(listener);
        Connection second = new Connection(listener);
        Connection third = new Connection(listener)) {
      for (Connection served : new Connection[] {first, second, third}) {
        served.send(Messages.query("www.example", RecordType.A, 1));
        served.receive();
      }
      try (Connection fourth = new Connection(listener)) {
        fourth.assertClosed();
      }
      assertThat(pipeline.counters.get(counter)).isEqualTo(1);
      assertThat(listener.connections()).isEqualTo(3);
    }
  }

  @Test
  void aSilentConnectionIsCutAfterTheIdleTimeAndNotBefore() throws Exception {
    try (TcpListener listener = start("127.0.0.1", LIMITS);
        Connection silent = new Connection(listener);
        Connection lively = new Connection(listener)) {
      awaitConnections(listener, 2);
      for (int i = 0; i < 12; i++) {
        lively.send(Messages.query("www.example", RecordType.A, i));
        lively.receive();
        passes(IDLE.dividedBy(10));
      }
      silent.assertClosed();
      lively.send(Messages.query("www.example", RecordType.A, 99));
      assertThat(lively.receive().getHeader().getID()).isEqualTo(99);
      assertThat(pipeline.counters.get(Counter.TCP_CONNECTIONS_CUT)).isEqualTo(1);
    }
  }

  @Test
  void aConnectionThatWaitsForAnAnswerIsNotIdle() throws Exception {
    try (TcpListener listener = start("127.0.0.1", LIMITS);
        Connection connection = new Connection(listener)) {
      connection.send(Messages.query("slow.example", RecordType.A, 4));
      pipeline.awaitSlowAsked();
      for (int i = 0; i < 20; i++) {
        passes(IDLE.dividedBy(10));
      }
      pipeline.release();
      assertThat(connection.receive().getHeader().getID()).isEqualTo(4);
    }
  }

  @Test
  @Timeout(60)
  void aClientThatDoesNotReadIsCut() throws Exception {
    Limits limits = new Limits(6, 3, 1000, IDLE);
    try (TcpListener listener = start("127.0.0.1", limits);
        Connection connection = new Connection(listener)) {
      byte[] query = Messages.query("long.example", RecordType.TXT, 1).toWire();
      // More than all socket buffers hold: 300 times nearly 60,000 bytes.
      for (int i = 0; i < 300; i++) {
        connection.out.writeShort(query.length);
        connection.out.write(query);
      }
      connection.out.flush();
      assertThat(connection.in.readUnsignedShort()).isGreaterThan(55_000);
      while (pipeline.counters.get(Counter.TCP_CONNECTIONS_CUT) == 0) {
        passes(IDLE.dividedBy(2));
      }
    }
  }

  @Test
  void whatIsNoQueryEndsTheConnection() throws Exception {
    try (TcpListener listener = start("127.0.0.1", LIMITS)) {
      try (Connection connection = new Connection(listener)) {
        connection.out.write(new byte[] {0, 3, 1, 2, 3});
        connection.out.flush();
        connection.assertClosed();
      }
      try (Connection connection = new Connection(listener)) {
        connection.send(Messages.query("www.example", RecordType.A, 1));
        assertThat(connection.receive().getHeader().getID()).isEqualTo(1);
      }
    }
  }

  @Test
  void closingAnswersWhatWasAskedAndThenHangsUp() throws Exception {
    TcpListener listener = start("127.0.0.1", LIMITS);
    try (Connection connection = new Connection(listener)) {
      connection.send(Messages.query("slow.example", RecordType.A, 6));
      pipeline.awaitSlowAsked();
      listener.close();
      assertThatThrownBy(() -> new Connection(listener)).isInstanceOf(IOException.class);
      pipeline.release();
      assertThat(connection.receive().getHeader().getID()).isEqualTo(6);
      connection.assertClosed();
    }
    TcpListener next = bind(listener.address(), LIMITS);
    next.close();
  }

  @Test
  void aBusyAddressIsAnErrorWithItsNumber() {
    try (TcpListener listener = start("127.0.0.1", LIMITS)) {
      assertThatThrownBy(() -> bind(listener.address(), LIMITS))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRINUSE));
    }
    InetSocketAddress foreign = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0);
    assertThatThrownBy(() -> bind(foreign, LIMITS))
        .isInstanceOfSatisfying(
            KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRNOTAVAIL));
  }

  private TcpListener start(String address, Limits limits) {
    TcpListener listener = bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0), limits);
    listener.start();
    return listener;
  }

  private TcpListener bind(InetSocketAddress address, Limits limits) {
    return TcpListener.bind(address, limits, () -> pipeline.controller, pipeline.counters, clock);
  }

  /** Time passes while the sweeper sleeps, so that it looks. */
  private void passes(Duration time) throws InterruptedException {
    clock.awaitWaiting(1);
    clock.advance(time);
    clock.awaitWaiting(1);
  }

  private static final class Connection implements AutoCloseable {

    final Socket socket;
    final DataOutputStream out;
    final DataInputStream in;

    Connection(TcpListener listener) throws IOException {
      this(listener, listener.address().getAddress().getHostAddress());
    }

    Connection(TcpListener listener, String asked) throws IOException {
      socket = new Socket(InetAddress.ofLiteral(asked), listener.address().getPort());
      socket.setSoTimeout(30_000);
      socket.setTcpNoDelay(true);
      out = new DataOutputStream(new java.io.BufferedOutputStream(socket.getOutputStream()));
      in = new DataInputStream(socket.getInputStream());
    }

    void send(Message query) throws IOException {
      sendAtOnce(query);
    }

    void sendAtOnce(Message... queries) throws IOException {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (Message query : queries) {
        byte[] wire = query.toWire();
        all.write(wire.length >>> 8);
        all.write(wire.length);
        all.writeBytes(wire);
      }
      out.write(all.toByteArray());
      out.flush();
    }

    Message receive() throws IOException {
      byte[] wire = new byte[in.readUnsignedShort()];
      in.readFully(wire);
      return Messages.read(wire, wire.length);
    }

    /** The other side has hung up: end of stream, or a reset. */
    void assertClosed() {
      int end;
      try {
        end = in.read();
      } catch (java.net.SocketTimeoutException e) {
        throw new AssertionError("still open", e);
      } catch (IOException e) {
        end = -1;
      }
      assertThat(end).isEqualTo(-1);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static void awaitConnections(TcpListener listener, int count) throws Exception {
    Eventually.holds(() -> listener.connections() == count);
  }

  @Test
  void theFullerTheListenerTheShorterMayAConnectionBeSilent() throws Exception {
    Limits limits = new Limits(4, 4, 8, IDLE);
    try (TcpListener listener = start("127.0.0.1", limits);
        Connection first = new Connection(listener);
        Connection second = new Connection(listener);
        Connection third = new Connection(listener);
        Connection fourth = new Connection(listener)) {
      awaitConnections(listener, 4);
      // All four: a tenth of the idle time; with the first two or three gone the rest has longer.
      passes(IDLE.dividedBy(10));
      passes(IDLE.dividedBy(10));
      first.assertClosed();
      second.assertClosed();
      third.assertClosed();
      fourth.assertClosed();
      assertThat(pipeline.counters.get(Counter.TCP_CONNECTIONS_CUT)).isEqualTo(4);
    }
  }

  @Test
  void aClientThatAsksHearsHowLongItMayBeIdle() throws Exception {
    try (TcpListener listener = start("127.0.0.1", LIMITS);
        Connection connection = new Connection(listener)) {
      for (String name : List.of("www.example", "www.example", "slow.example")) {
        Message query = Messages.query(name, RecordType.A, 1);
        query.removeAllRecords(Section.ADDITIONAL);
        query.addRecord(new OPTRecord(1232, 0, 0, 0, new TcpKeepaliveOption()), Section.ADDITIONAL);
        connection.send(query);
        if (name.startsWith("slow")) {
          pipeline.awaitSlowAsked();
          pipeline.release();
        }
        assertThat(connection.receive().getOPT().getOptions(11))
            .containsExactly(new TcpKeepaliveOption((int) IDLE.toMillis() / 100));
      }
      connection.send(Messages.query("www.example", RecordType.A, 2));
      Message plain = connection.receive();
      assertThat(plain.getOPT() == null || plain.getOPT().getOptions(11).isEmpty()).isTrue();
    }
  }
}
