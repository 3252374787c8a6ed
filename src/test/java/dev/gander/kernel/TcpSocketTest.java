package dev.gander.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TcpSocketTest {

  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

  @Test
  void aStreamIsWrittenAndReadAsThePollerSays() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
        TcpSocket socket = TcpSocket.open(IpFamily.IPV4);
        Poller poller = Poller.open()) {
      poller.add(socket, 3);
      assertThat(socket.connect((InetSocketAddress) server.getLocalSocketAddress()))
          .isIn(0, Errno.EINPROGRESS);
      poller.once(socket, 3, false, true);
      assertThat(poller.await(PATIENCE)).isEqualTo(1);
      assertThat(poller.key(0)).isEqualTo(3);
      assertThat(socket.pendingError()).isZero();
      assertThat(socket.write("ping".getBytes(StandardCharsets.UTF_8), 0, 4)).isEqualTo(4);

      byte[] buffer = new byte[16];
      try (Socket peer = server.accept()) {
        assertThat(peer.getInputStream().readNBytes(4)).asString().isEqualTo("ping");
        assertThat(socket.read(buffer, 0, 16)).isEqualTo(-Errno.EAGAIN);
        poller.once(socket, 3, true, false);
        peer.getOutputStream().write("pong".getBytes(StandardCharsets.UTF_8));
        assertThat(poller.await(PATIENCE)).isEqualTo(1);
        assertThat(socket.read(buffer, 2, 14)).isEqualTo(4);
        assertThat(new String(buffer, 2, 4, StandardCharsets.UTF_8)).isEqualTo("pong");
        assertThat(poller.await(0)).as("told once").isZero();
      }
      poller.once(socket, 3, true, false);
      assertThat(poller.await(PATIENCE)).isEqualTo(1);
      assertThat(socket.read(buffer, 0, 16)).as("end of stream").isZero();
    }
  }

  @Test
  void aRefusedConnectionIsAnErrnoNotAnException() throws Exception {
    int freePort;
    try (ServerSocket taken = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
      freePort = taken.getLocalPort();
    }
    try (TcpSocket socket = TcpSocket.open(IpFamily.IPV4);
        Poller poller = Poller.open()) {
      poller.add(socket, 1);
      int errno =
          socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), freePort));
      if (errno == Errno.EINPROGRESS) {
        poller.once(socket, 1, false, true);
        assertThat(poller.await(PATIENCE)).isEqualTo(1);
        errno = socket.pendingError();
      }
      assertThat(errno).isEqualTo(Errno.ECONNREFUSED);
    }
  }

  @Test
  void wakingAndClosingThePollerEndTheWait() throws Exception {
    Poller poller = Poller.open();
    poller.wake();
    assertThat(poller.await(-1)).isZero();
    CompletableFuture<Integer> result = new CompletableFuture<>();
    Thread waiting = Thread.ofPlatform().start(() -> result.complete(poller.await(-1)));
    poller.close();
    assertThat(result.get(30, TimeUnit.SECONDS)).isEqualTo(-1);
    waiting.join();
    assertThat(poller.await(-1)).isEqualTo(-1);
  }
}
