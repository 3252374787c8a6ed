package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.kernel.KernelFeatures;
import dev.gander.kernel.Lab;
import dev.gander.message.Client;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** TCP connections to port 53 through the programs, to a plain listener in their namespace. */
@Tag("kernel")
class InterceptorTcpKernelTest {

  private static final String SERVER = "198.51.100.53";
  private static final byte[] TEXT = "half of a query".getBytes(StandardCharsets.US_ASCII);
  private static final int SYN = 0x02;
  private static final int ACK = 0x10;

  static Stream<KernelFeatures> kernels() {
    return Stream.of(
        Rig.KERNEL,
        Rig.without(true, false, false),
        Rig.without(false, true, false),
        Rig.without(false, false, true));
  }

  private static ServerSocketChannel listen(Rig rig) {
    return rig.interceptor.inNamespace(() -> {
      try {
        return ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.ofLiteral("::"), 53));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  /** Opens a connection, says something and reads as much; "nobody" if it cannot be opened. */
  private static String talk(Rig rig, String asked) throws Exception {
    return rig.lab
        .client()
        .call(() -> {
          try (Socket socket = new Socket()) {
            socket.setSoTimeout(30_000);
            socket.connect(new InetSocketAddress(asked, 53), 3000);
            socket.getOutputStream().write(TEXT);
            return new String(
                socket.getInputStream().readNBytes(TEXT.length), StandardCharsets.US_ASCII);
          } catch (SocketTimeoutException e) {
            return "nobody";
          }
        });
  }

  /** Accepts one, echoes once; who it was. */
  private static CompletableFuture<Client> serveOne(ServerSocketChannel server) {
    return CompletableFuture.supplyAsync(() -> {
      try (SocketChannel channel = server.accept()) {
        ByteBuffer buffer = ByteBuffer.allocate(TEXT.length);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
          // until it is all here
        }
        channel.write(buffer.flip());
        Client client = new Client();
        client.setSource((InetSocketAddress) channel.getRemoteAddress());
        client.setAsked((InetSocketAddress) channel.getLocalAddress());
        return client;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  private static void expectServed(Rig rig, ServerSocketChannel server, String asked)
      throws Exception {
    CompletableFuture<Client> served = serveOne(server);
    assertThat(talk(rig, asked)).isEqualTo("half of a query");
    Client client = served.get(30, TimeUnit.SECONDS);
    Client expected = new Client();
    expected.setAsked(new InetSocketAddress(asked, 53));
    assertThat(client.askedHigh()).isEqualTo(expected.askedHigh());
    assertThat(client.askedLow()).isEqualTo(expected.askedLow());
    Identities identities = rig.interceptor.identities();
    int mark =
        identities.replyMark(0, client.sourceHigh(), client.sourceLow(), client.sourcePort());
    assertThat(identities.mac(mark)).isEqualTo(0x02_00_00_00_53_02L);
    assertThat(identities.ifindex(mark)).isEqualTo(rig.ifindex(rig.lab.router(), "lan0"));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aConnectionIsServedWithTheAddressItAskedAndItsClientIsKnown(KernelFeatures features)
      throws Exception {
    try (Rig rig = new Rig('m', 'n', features);
        ServerSocketChannel server = listen(rig)) {
      expectServed(rig, server, SERVER);
      expectServed(rig, server, "2001:db8::53");
      expectServed(rig, server, "10.53.0.1");
      assertThat(rig.ask(SERVER)).isEqualTo(SERVER);
      assertThat(rig.interceptor.counters())
          .containsEntry("dropped_no_identity", 0L)
          .containsEntry("passed_tcp", 0L)
          .containsEntry("queries", 1L);
    }
  }

  @Test
  void overAPairThatWasMadeAgainToo() throws Exception {
    try (Rig rig = new Rig('m', 'n', Rig.KERNEL);
        ServerSocketChannel server = listen(rig)) {
      rig.lab.inRouter("ip link delete dae0");
      Eventually.holds(() -> rig.ask(SERVER).equals(SERVER));
      expectServed(rig, server, SERVER);
      expectServed(rig, server, "2001:db8::53");
    }
  }

  @Test
  void whatIsNotOursPasses() throws Exception {
    try (Rig rig = new Rig('m', 'n', Rig.KERNEL)) {
      assertThat(rig.counted(() -> rig.send(segment(SYN, 53))))
          .as("nobody listens for TCP")
          .containsOnly(Map.entry("passed_tcp", 1L));
      try (ServerSocketChannel server = listen(rig)) {
        assertThat(rig.counted(() -> rig.send(segment(ACK, 53), segment(SYN | ACK, 53))))
            .containsOnly(Map.entry("passed_tcp", 2L));
        assertThat(rig.counted(() -> rig.send(segment(SYN, 853)))).isEmpty();
        rig.interceptor.setListeners(new int[] {}, new int[] {});
        assertThat(rig.counted(() -> rig.send(segment(SYN, 53))))
            .containsOnly(Map.entry("passed_no_listener", 1L));
        assertThat(server.isOpen()).isTrue();
      }
    }
  }

  /** A datagram made a segment; no program looks at checksums. */
  private static byte[] segment(int flags, int port) throws Exception {
    byte[] frame =
        new Frame(Lab.ROUTER_MAC, Lab.CLIENT_MAC)
            .udp("10.53.0.2", 5001, SERVER, port, new byte[20]);
    frame[14 + 9] = 6;
    frame[14 + 20 + 12] = 0x50;
    frame[14 + 20 + 13] = (byte) flags;
    return frame;
  }
}
