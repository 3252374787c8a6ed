package dev.gander.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class UdpSocketTest {

  private static final long MAPPED = 0x0000_FFFF_0000_0000L;

  @ParameterizedTest
  @CsvSource({"IPV4, 127.0.0.5, 0.0.0.0", "IPV6, ::1, ::", "IPV6, 127.0.0.7, ::"})
  void aDatagramTellsWhoSentItAndWhichAddressWasAsked(IpFamily family, String asked, String boundTo)
      throws Exception {
    try (UdpSocket socket =
            UdpSocket.open(
                family,
                EnumSet.of(UdpSocket.Option.PACKET_INFO, UdpSocket.Option.RECEIVE_TRAFFIC_CLASS));
        DatagramSocket client = new DatagramSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(boundTo), 0));
      client.setTrafficClass(0xB8);
      send(client, "hello", asked, socket.localAddress().getPort());

      DatagramBatch batch = new DatagramBatch(family, 4, 512);
      assertThat(socket.receive(batch, true)).isEqualTo(1);
      assertThat(payload(batch, 0)).isEqualTo("hello");
      assertThat(batch.sourcePort(0)).isEqualTo(client.getLocalPort());
      assertThat(address(batch.destinationHigh(0), batch.destinationLow(0)))
          .isEqualTo(InetAddress.ofLiteral(asked));
      assertThat(batch.destinationPort(0)).isZero();
      assertThat(batch.interfaceIndex(0)).isEqualTo(1);
      assertThat(batch.trafficClass(0)).isEqualTo(0xB8);
      assertThat(batch.truncated(0)).isFalse();
      assertThat(batch.error(0)).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"IPV4, 127.0.0.5, 0.0.0.0", "IPV6, ::1, ::"})
  void theOriginalDestinationHasAPort(IpFamily family, String asked, String boundTo)
      throws Exception {
    try (UdpSocket socket =
            UdpSocket.open(
                family,
                Set.of(UdpSocket.Option.ORIGINAL_DESTINATION, UdpSocket.Option.PACKET_INFO));
        DatagramSocket client = new DatagramSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(boundTo), 0));
      int port = socket.localAddress().getPort();
      send(client, "hello", asked, port);

      DatagramBatch batch = new DatagramBatch(family, 4, 512);
      assertThat(socket.receive(batch, true)).isEqualTo(1);
      assertThat(address(batch.destinationHigh(0), batch.destinationLow(0)))
          .isEqualTo(InetAddress.ofLiteral(asked));
      assertThat(batch.destinationPort(0)).isEqualTo(port);
    }
  }

  @ParameterizedTest
  @CsvSource({"IPV4, 127.0.0.5, 0.0.0.0", "IPV6, ::1, ::", "IPV6, 127.0.0.7, ::"})
  void aReplyLeavesFromTheAddressThatWasAsked(IpFamily family, String asked, String boundTo)
      throws Exception {
    try (UdpSocket socket = UdpSocket.open(family, Set.of(UdpSocket.Option.PACKET_INFO));
        DatagramSocket client = new DatagramSocket()) {
      client.setSoTimeout(30_000);
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(boundTo), 0));
      send(client, "question", asked, socket.localAddress().getPort());
      DatagramBatch in = new DatagramBatch(family, 4, 512);
      socket.receive(in, true);

      byte[] answer = "answer".getBytes(StandardCharsets.UTF_8);
      DatagramBatch out = new DatagramBatch(family, 4, 512);
      for (int i = 0; i < 3; i++) {
        out.add(
            answer,
            0,
            6,
            in.sourceHigh(0),
            in.sourceLow(0),
            in.sourcePort(0),
            0,
            in.destinationHigh(0),
            in.destinationLow(0),
            0);
      }
      assertThat(socket.send(out, true)).isEqualTo(3);
      for (int i = 0; i < 3; i++) {
        DatagramPacket reply = new DatagramPacket(new byte[100], 100);
        client.receive(reply);
        assertThat(reply.getAddress()).isEqualTo(InetAddress.ofLiteral(asked));
        assertThat(reply.getLength()).isEqualTo(6);
      }
    }
  }

  @Test
  void aBatchTakesManyDatagramsAtOnceAndSaysWhichWereCut() throws Exception {
    try (UdpSocket socket = bound();
        DatagramSocket client = new DatagramSocket()) {
      int port = socket.localAddress().getPort();
      send(client, "one", "127.0.0.1", port);
      send(client, "much too long", "127.0.0.1", port);
      send(client, "", "127.0.0.1", port);

      DatagramBatch batch = new DatagramBatch(IpFamily.IPV4, 8, 5);
      assertThat(socket.receive(batch, true)).isEqualTo(3);
      assertThat(payload(batch, 0)).isEqualTo("one");
      assertThat(payload(batch, 1)).isEqualTo("much ");
      assertThat(batch.truncated(1)).isTrue();
      assertThat(batch.length(2)).isZero();
      assertThat(socket.receive(batch, false)).isZero();
      assertThat(batch.count()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(IpFamily.class)
  void closingWakesABlockedReader(IpFamily family) throws Exception {
    UdpSocket socket = UdpSocket.open(family, Set.of());
    socket.bind(
        new InetSocketAddress(
            InetAddress.ofLiteral(family == IpFamily.IPV4 ? "127.0.0.1" : "::1"), 0));
    CompletableFuture<Integer> result = new CompletableFuture<>();
    Thread reader =
        Thread.ofPlatform()
            .start(() -> result.complete(socket.receive(new DatagramBatch(family, 4, 512), true)));
    assertThat(result).isNotDone();
    socket.close();
    assertThat(result.get(30, TimeUnit.SECONDS)).isEqualTo(-1);
    reader.join();
    assertThat(socket.receive(new DatagramBatch(family, 4, 512), true)).isEqualTo(-1);
    assertThat(socket.send(new byte[1], 0, 1, 0, MAPPED, 9, 0, 0, 0, 0)).isEqualTo(Errno.EBADF);
    socket.close();
  }

  @Test
  void oneDatagramThatCannotLeaveDoesNotHoldUpTheOthers() throws Exception {
    try (UdpSocket socket = bound();
        DatagramSocket receiver = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
      receiver.setSoTimeout(30_000);
      long loopback = MAPPED | 0x7F00_0001L;
      DatagramBatch out = new DatagramBatch(IpFamily.IPV4, 4, 512);
      int port = receiver.getLocalPort();
      out.add(new byte[] {'a'}, 0, 1, 0, loopback, port, 0, 0, 0, 0);
      out.add(new byte[] {'b'}, 0, 1, 0, MAPPED | 0xFFFF_FFFFL, port, 0, 0, 0, 0);
      out.add(new byte[] {'c'}, 0, 1, 0, loopback, port, 0, 0, 0, 0);

      assertThat(socket.send(out, true)).isEqualTo(2);
      assertThat(out.error(0)).isZero();
      assertThat(out.error(1)).isEqualTo(Errno.EACCES);
      assertThat(out.error(2)).isZero();
      assertThat(receive(receiver)).isEqualTo("a");
      assertThat(receive(receiver)).isEqualTo("c");
    }
  }

  @ParameterizedTest
  @CsvSource({"IPV4, 127.0.0.1", "IPV6, ::1"})
  void anIcmpErrorTellsWhichDatagramItIsAbout(IpFamily family, String nobodyThere)
      throws Exception {
    int freePort;
    try (DatagramSocket taken = new DatagramSocket(0, InetAddress.ofLiteral(nobodyThere))) {
      freePort = taken.getLocalPort();
    }
    try (UdpSocket socket = UdpSocket.open(family, Set.of(UdpSocket.Option.ERRORS));
        Poller poller = Poller.open()) {
      poller.add(socket, 7);
      byte[] question = "question".getBytes(StandardCharsets.UTF_8);
      long high = 0;
      long low = family == IpFamily.IPV4 ? MAPPED | 0x7F00_0001L : 1;
      assertThat(socket.send(question, 0, 8, high, low, freePort, 0, 0, 0, 0)).isZero();

      assertThat(poller.await(TimeUnit.SECONDS.toNanos(30))).isEqualTo(1);
      assertThat(poller.key(0)).isEqualTo(7);
      assertThat(poller.failed(0)).isTrue();
      DatagramBatch errors = new DatagramBatch(family, 4, 512);
      assertThat(socket.receiveErrors(errors)).isEqualTo(1);
      assertThat(errors.error(0)).isEqualTo(Errno.ECONNREFUSED);
      assertThat(payload(errors, 0)).isEqualTo("question");
      assertThat(errors.sourcePort(0)).isEqualTo(freePort);
      assertThat(errors.sourceLow(0)).isEqualTo(low);
      assertThat(socket.receive(errors, false)).isZero();
    }
  }

  @Test
  void aBusyAddressIsAnErrorWithItsNumber() {
    try (UdpSocket first = bound();
        UdpSocket second = UdpSocket.open(IpFamily.IPV4, Set.of())) {
      assertThatThrownBy(() -> second.bind(first.localAddress()))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRINUSE))
          .hasMessageContaining("127.0.0.1");
    }
  }

  @Test
  void aRoundAllocatesNothing() throws Exception {
    try (UdpSocket a = bound();
        UdpSocket b = bound()) {
      int port = b.localAddress().getPort();
      DatagramBatch out = new DatagramBatch(IpFamily.IPV4, 8, 512);
      DatagramBatch in = new DatagramBatch(IpFamily.IPV4, 8, 512);
      byte[] buffer = new byte[512];
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long least = Long.MAX_VALUE;
      // Foreign calls allocate until they are compiled, which may take a while on a busy machine.
      for (int rounds = 0; rounds < 100 && least > 0; rounds++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1_000; i++) {
          round(a, b, port, out, in, buffer);
        }
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(least).as("bytes in 1,000 rounds of 4 datagrams").isZero();
    }
  }

  private static void round(
      UdpSocket a, UdpSocket b, int port, DatagramBatch out, DatagramBatch in, byte[] buffer) {
    out.clear();
    for (int i = 0; i < 4; i++) {
      out.add(buffer, 0, 40, 0, MAPPED | 0x7F00_0001L, port, 0, 0, 0, 0);
    }
    a.send(out, true);
    int got = b.receive(in, true);
    for (int i = 0; i < got; i++) {
      in.copyPayload(i, buffer, 0);
      buffer[0] += (byte) (in.sourcePort(i) + in.sourceLow(i) + in.mark(i));
    }
  }

  private static UdpSocket bound() {
    UdpSocket socket = UdpSocket.open(IpFamily.IPV4, Set.of());
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    return socket;
  }

  private static void send(DatagramSocket from, String text, String to, int port) throws Exception {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    from.send(new DatagramPacket(bytes, bytes.length, InetAddress.ofLiteral(to), port));
  }

  private static String receive(DatagramSocket socket) throws Exception {
    DatagramPacket packet = new DatagramPacket(new byte[512], 512);
    socket.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
  }

  private static String payload(DatagramBatch batch, int i) {
    byte[] bytes = new byte[512];
    return new String(bytes, 0, batch.copyPayload(i, bytes, 0), StandardCharsets.UTF_8);
  }

  private static InetAddress address(long high, long low) throws Exception {
    return InetAddress.getByAddress(
        java.nio.ByteBuffer.allocate(16).putLong(high).putLong(low).array());
  }
}
