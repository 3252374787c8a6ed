package dev.gander.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.gander.clock.Clock;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.message.Messages;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

class UdpListenerTest {

  private static final Clock CLOCK = Clock.system();

  private final Pipeline pipeline = new Pipeline(CLOCK);
  private final DatagramSocket client = socket();

  @BeforeEach
  void patience() throws Exception {
    client.setSoTimeout(30_000);
    client.setReceiveBufferSize(4 << 20);
  }

  @AfterEach
  void close() {
    pipeline.release();
    client.close();
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, 127.0.0.1", "0.0.0.0, 127.0.0.7", "::1, ::1", "::, ::1", "::, 127.0.0.7"})
  void missAndHitAreAnsweredFromTheAddressAsked(String boundTo, String asked) throws Exception {
    try (UdpListener listener = start(boundTo)) {
      for (int i = 0; i < 2; i++) {
        send(Messages.query("www.example", RecordType.A, 100 + i), asked, listener);
        DatagramPacket packet = receivePacket();
        assertThat(packet.getAddress()).isEqualTo(InetAddress.ofLiteral(asked));
        Message reply = Messages.read(packet.getData(), packet.getLength());
        assertThat(reply.getHeader().getID()).isEqualTo(100 + i);
        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
      }
      assertThat(pipeline.counters.get(Counter.ANSWERED_FROM_CACHE)).isEqualTo(1);
      assertThat(pipeline.counters.get(Counter.ANSWERED_FROM_UPSTREAM)).isEqualTo(1);
    }
  }

  @Test
  void whatIsNoQueryDisturbsNobody() throws Exception {
    try (UdpListener listener = start("127.0.0.1")) {
      send(new byte[0], "127.0.0.1", listener);
      send(new byte[] {1, 2, 3}, "127.0.0.1", listener);
      send(Messages.addressResponse("www.example", 1, "192.0.2.9"), "127.0.0.1", listener);
      byte[] broken = Messages.query("www.example", RecordType.A, 7).toWire();
      send(Arrays.copyOf(broken, broken.length - 3), "127.0.0.1", listener);
      assertThat(receive().getHeader().getRcode()).isEqualTo(Rcode.FORMERR);
      send(new byte[5000], "127.0.0.1", listener);
      assertThat(receive().getHeader().getRcode()).isEqualTo(Rcode.FORMERR);
      send(Messages.query("www.example", RecordType.A, 8), "127.0.0.1", listener);
      assertThat(receive().getHeader().getID()).isEqualTo(8);

      assertThat(pipeline.counters.get(Counter.RECEIVED)).isEqualTo(6);
      assertThat(pipeline.counters.get(Counter.DROPPED_TOO_SHORT)).isEqualTo(2);
      assertThat(pipeline.counters.get(Counter.DROPPED_RESPONSE)).isEqualTo(1);
      assertThat(pipeline.counters.get(Counter.ANSWERED_MALFORMED)).isEqualTo(2);
      assertThat(pipeline.counters.get(Counter.LISTEN_TRUNCATED)).isEqualTo(1);
    }
  }

  @Test
  void aThousandSlowQueriesDoNotHoldUpAHitAndAreAllAnswered() throws Exception {
    try (UdpListener listener = start("127.0.0.1")) {
      send(Messages.query("www.example", RecordType.A, 1), "127.0.0.1", listener);
      receive();
      for (int i = 0; i < 1000; i++) {
        send(Messages.query("slow" + i + ".example", RecordType.A, i), "127.0.0.1", listener);
      }
      send(Messages.query("www.example", RecordType.A, 2000), "127.0.0.1", listener);
      assertThat(receive().getHeader().getID()).isEqualTo(2000);
      pipeline.release();
      BitSet answered = new BitSet();
      for (int i = 0; i < 1000; i++) {
        answered.set(receive().getHeader().getID());
      }
      assertThat(answered.cardinality()).isEqualTo(1000);
      assertThat(pipeline.counters.get(Counter.REPLIES_NOT_SENT)).isZero();
    }
  }

  @Test
  void whatCameFasterThanItIsReadIsCounted() throws Exception {
    int sent = 60_000;
    byte[] query = Messages.query("www.example", RecordType.A, 1).toWire();
    try (UdpListener listener =
        bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
      for (int i = 0; i < sent; i++) {
        send(query, "127.0.0.1", listener);
      }
      listener.countDropped();
      long lost = pipeline.counters.get(Counter.NOT_READ);
      assertThat(lost).isBetween(1L, sent - 1L);
      listener.countDropped();
      assertThat(pipeline.counters.get(Counter.NOT_READ)).isEqualTo(lost);
    }
  }

  @Test
  void closingTakesNoQueryButLosesNone() throws Exception {
    UdpListener listener = start("127.0.0.1");
    send(Messages.query("slow.example", RecordType.A, 5), "127.0.0.1", listener);
    pipeline.awaitSlowAsked();
    listener.close();
    assertThatThrownBy(() -> bind(listener.address()))
        .as("still open for the reply under way")
        .isInstanceOf(KernelException.class);
    pipeline.release();
    assertThat(receive().getHeader().getID()).isEqualTo(5);
    listener.close();
  }

  @Test
  void aListenerClosedWhileIdleGivesItsPortBack() {
    UdpListener listener = start("127.0.0.1");
    listener.close();
    bind(listener.address()).close();
  }

  @Test
  void aBusyAddressIsAnErrorWithItsNumber() {
    try (UdpListener listener = start("127.0.0.1")) {
      assertThatThrownBy(() -> bind(listener.address()))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRINUSE));
    }
    assertThatThrownBy(() -> bind(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0)))
        .isInstanceOfSatisfying(
            KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRNOTAVAIL));
  }

  @Test
  void aHitAllocatesNothing() throws Exception {
    try (UdpListener listener = start("127.0.0.1")) {
      byte[] query = Messages.query("www.example", RecordType.A, 1).toWire();
      long reader = readerOf(listener);
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long least = Long.MAX_VALUE;
      // Foreign calls allocate until they are compiled, which may take a while on a busy machine.
      for (int round = 0; round < 50 && least > 0; round++) {
        long before = threads.getThreadAllocatedBytes(reader);
        for (int i = 0; i < 2_000; i++) {
          roundTrip(query, listener);
        }
        least = Math.min(least, threads.getThreadAllocatedBytes(reader) - before);
      }
      assertThat(least).as("bytes the reader allocated in 2,000 hits").isZero();
    }
  }

  private void roundTrip(byte[] query, UdpListener listener) throws Exception {
    send(query, "127.0.0.1", listener);
    receivePacket();
  }

  private static long readerOf(UdpListener listener) {
    String name = "gander-udp-" + listener.address().getPort() + "-IPV4";
    java.lang.management.ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(Objects::nonNull)
        .filter(thread -> thread.getThreadName().equals(name))
        .mapToLong(ThreadInfo::getThreadId)
        .findFirst()
        .orElseThrow();
  }

  private UdpListener start(String address) {
    UdpListener listener = bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
    listener.start();
    return listener;
  }

  private UdpListener bind(InetSocketAddress address) {
    return UdpListener.bind(address, () -> pipeline.controller, pipeline.counters, CLOCK);
  }

  private void send(Message query, String to, UdpListener listener) throws Exception {
    send(query.toWire(), to, listener);
  }

  private void send(byte[] wire, String to, UdpListener listener) throws Exception {
    InetAddress address = InetAddress.ofLiteral(to);
    client.send(new DatagramPacket(wire, wire.length, address, listener.address().getPort()));
  }

  private Message receive() throws Exception {
    DatagramPacket packet = receivePacket();
    return Messages.read(packet.getData(), packet.getLength());
  }

  private DatagramPacket receivePacket() throws Exception {
    DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
    client.receive(packet);
    return packet;
  }

  private static DatagramSocket socket() {
    try {
      return new DatagramSocket();
    } catch (java.net.SocketException e) {
      throw new AssertionError(e);
    }
  }
}
