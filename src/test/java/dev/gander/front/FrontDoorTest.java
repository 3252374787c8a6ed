package dev.gander.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Eventually;
import dev.gander.clock.FakeClock;
import dev.gander.config.DnsSettings.Bind.Identity;
import dev.gander.config.Network;
import dev.gander.config.PemPair;
import dev.gander.controller.QueryController;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.listen.Limits;
import dev.gander.message.Transport;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.tls.PairFiles;
import dev.gander.tls.SelfSigned;
import dev.gander.tls.ServerTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a listener bears before anybody has asked anything. */
@Timeout(60)
class FrontDoorTest {

  private static final Limits LIMITS = new Limits(6, 3, 8, Duration.ofSeconds(30));

  @TempDir Path folder;
  private final FakeClock clock = new FakeClock();
  private final Counters counters = new Counters();

  @ParameterizedTest
  @EnumSource(
      value = Transport.class,
      names = {"TLS", "HTTPS"})
  void whoSaysNothingIsCutInTenSeconds(Transport transport) throws Exception {
    try (FrontDoor door = open(transport);
        Socket silent = connect(door)) {
      awaitConnections(door, 1);
      silent.getOutputStream().write(0x16); // one byte of a handshake is no query
      clock.awaitWaiting(1);
      clock.advance(Duration.ofSeconds(11));
      assertThat(endsWith(silent)).isEqualTo(-1);
      assertThat(counters.get(Counter.DOOR_CONNECTIONS_CUT)).isEqualTo(1);
    }
  }

  @Test
  void oneClientHasItsShareOfTheConnections() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try (FrontDoor door = open(Transport.TLS)) {
      for (int i = 0; i < 4; i++) {
        sockets.add(connect(door));
      }
      awaitCount(Counter.DOOR_CONNECTIONS_OF_CLIENT_REFUSED, 1);
      awaitConnections(door, 3);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void aStrangerMayNotSayForWhomHeSpeaks() throws Exception {
    Network elsewhere = new Network(InetAddress.ofLiteral("10.0.0.0"), 8);
    Terms terms = new Terms(Optional.empty(), "/", Optional.of(List.of(elsewhere)));
    try (FrontDoor door = open(Transport.TCP, terms);
        Socket stranger = connect(door)) {
      assertThat(stranger.getInputStream().read()).isEqualTo(-1);
      assertThat(counters.get(Counter.DOOR_PROXIES_REFUSED)).isEqualTo(1);
    }
  }

  @Test
  void aProxyThatDoesNotSayForWhomItSpeaksIsCut() throws Exception {
    Network here = new Network(InetAddress.ofLiteral("127.0.0.0"), 8);
    Terms terms = new Terms(Optional.empty(), "/", Optional.of(List.of(here)));
    try (FrontDoor door = open(Transport.TCP, terms);
        Socket proxy = connect(door)) {
      proxy.getOutputStream().write(new byte[200]);
      assertThat(endsWith(proxy)).isEqualTo(-1);
      awaitCount(Counter.DOOR_PROXIES_REFUSED, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Transport.class,
      names = {"TLS", "QUIC"})
  void aPortThatIsTakenIsToldByItsNumber(Transport transport) throws Exception {
    try (FrontDoor first = open(transport)) {
      assertThatThrownBy(() -> bind(transport, terms(transport), first.address().getPort()))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EADDRINUSE));
    }
  }

  private FrontDoor open(Transport transport) throws Exception {
    return open(transport, terms(transport));
  }

  private FrontDoor open(Transport transport, Terms terms) {
    FrontDoor door = bind(transport, terms, 0);
    door.start();
    return door;
  }

  private FrontDoor bind(Transport transport, Terms terms, int port) {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return FrontDoor.bind(
        transport, address, terms, LIMITS, new DoorLoops(), FrontDoorTest::nobody, counters, clock);
  }

  private static QueryController nobody() {
    throw new AssertionError("nobody asks");
  }

  private Terms terms(Transport transport) throws IOException {
    Path certificate = folder.resolve("cert.pem");
    Path key = folder.resolve("key.pem");
    SelfSigned.make(List.of("dns.home.arpa"), List.of(), Duration.ofDays(2))
        .write(certificate, key);
    boolean quic = transport == Transport.QUIC;
    Identity identity =
        new Identity(certificate, key, Optional.empty(), PemPair.read(certificate, key));
    ServerTls tls =
        new ServerTls(
            new PairFiles(identity, clock, success -> {}), quic, List.of(quic ? "doq" : "dot"));
    return new Terms(Optional.of(tls), "/dns-query", Optional.empty());
  }

  private static Socket connect(FrontDoor door) throws IOException {
    Socket socket = new Socket(door.address().getAddress(), door.address().getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** -1 for the end, be it an orderly one or a reset. */
  private static int endsWith(Socket socket) {
    try {
      int last = 0;
      while (last >= 0) {
        last = socket.getInputStream().read();
      }
      return last;
    } catch (IOException e) {
      return -1;
    }
  }

  private static void awaitConnections(FrontDoor door, int count) throws Exception {
    Eventually.holds(() -> door.connections() == count);
  }

  private void awaitCount(Counter counter, long count) throws Exception {
    Eventually.holds(() -> counters.get(counter) >= count);
  }
}
