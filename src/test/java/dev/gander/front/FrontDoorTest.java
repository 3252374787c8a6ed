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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
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

  /**
   * A socket that is closed over bytes nobody has read resets the connection, and the alert is
   * lost.
   */
  @Test
  void whoOffersNoProtocolOfOursHearsSoThoughItTalksOn() throws Exception {
    try (FrontDoor door = open(Transport.TLS);
        Socket client = connect(door)) {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine();
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"nobody's"});
      engine.setSSLParameters(parameters);
      engine.setUseClientMode(true);
      ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      assertThat(engine.wrap(ByteBuffer.allocate(0), hello).getStatus())
          .isEqualTo(SSLEngineResult.Status.OK);
      byte[] record = {0x17, 3, 3, 0x40, 0};
      client.getOutputStream().write(hello.array(), 0, hello.position());
      for (int i = 0; i < 20; i++) {
        client.getOutputStream().write(Arrays.copyOf(record, record.length + 0x4000));
      }
      byte[] heard = client.getInputStream().readAllBytes();
      assertThatThrownBy(() -> unwrap(engine, ByteBuffer.wrap(heard)))
          .hasMessageContaining("no_application_protocol");
      assertThat(counters.get(Counter.DOOR_HANDSHAKES_FAILED)).isEqualTo(1);
    }
  }

  private static void unwrap(SSLEngine engine, ByteBuffer records) throws SSLException {
    ByteBuffer plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    while (records.hasRemaining()) {
      SSLEngineResult result = engine.unwrap(records, plain);
      for (Runnable task = engine.getDelegatedTask();
          task != null;
          task = engine.getDelegatedTask()) {
        task.run();
      }
      if (engine.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NEED_WRAP) {
        assertThat(engine.wrap(ByteBuffer.allocate(0), out.clear()).bytesProduced()).isPositive();
      } else {
        assertThat(result.bytesConsumed() > 0 || result.getStatus() == Status.OK).isTrue();
      }
    }
  }

  @Test
  void whoDoesNotHangUpAfterOurLastWordIsCut() throws Exception {
    try (FrontDoor door = open(Transport.TLS);
        Socket client = connect(door)) {
      client.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      byte[] _ = client.getInputStream().readAllBytes(); // to our half's end
      assertThat(door.connections()).isEqualTo(1);
      clock.awaitWaiting(1);
      clock.advance(Duration.ofSeconds(3));
      awaitConnections(door, 0);
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
