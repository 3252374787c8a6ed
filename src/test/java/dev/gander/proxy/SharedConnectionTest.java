package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Clock;
import dev.gander.clock.FakeClock;
import dev.gander.config.Endpoint;
import dev.gander.forward.TestCertificates;
import dev.gander.node.ProxyLinks;
import dev.gander.node.ProxyServer;
import dev.gander.proxy.SingBoxPeer.Kind;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is shared by all who use a server of Hysteria 2, AnyTLS or TUIC, and how long it lives. */
@EnabledIf("dev.gander.proxy.SingBoxPeer#isThere")
class SharedConnectionTest extends PeersCase {

  private final FakeClock clock = new FakeClock();

  @Override
  Clock clock() {
    return clock;
  }

  /** The straight way, and what was opened on it. */
  private final class Watched implements Exit {

    final List<CompletableFuture<Channel>> opened = new CopyOnWriteArrayList<>();

    @Override
    public CompletableFuture<Channel> connect(InetSocketAddress target, ChannelHandler handlers) {
      return seen(dialer.exit().connect(target, handlers));
    }

    @Override
    public CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers) {
      return seen(dialer.exit().datagrams(target, handlers));
    }

    private CompletableFuture<Channel> seen(CompletableFuture<Channel> opening) {
      opened.add(opening);
      return opening;
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HYSTERIA2", "ANYTLS", "TUIC"})
  void oneConnectionServesAllAndEndsWhenNobodyHasUsedItForAMinute(Kind kind) throws Exception {
    SingBoxPeer peer = peer(kind);
    Watched below = new Watched();
    Exit exit = through(peer, peer.server(), below);
    for (int i = 0; i < 3; i++) {
      echoes(exit, echo.ipv4(), MEGABYTE);
    }
    reflects(exit, echo.ipv4(), 100).close().sync();
    assertThat(below.opened).hasSize(1);
    Channel carrying = below.opened.getFirst().get();
    clock.advance(Duration.ofSeconds(15));
    assertThat(carrying.isOpen()).isTrue();
    // Each round lets a tick of the connection's pass.
    do {
      clock.advance(Duration.ofSeconds(11));
    } while (!carrying.closeFuture().await(100, TimeUnit.MILLISECONDS));
    echoes(exit, echo.ipv4(), MEGABYTE);
    assertThat(below.opened).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(names = {"HYSTERIA2", "TUIC"})
  void aConnectionThatIsUsedStaysAlive(Kind kind) throws Exception {
    SingBoxPeer peer = peer(kind);
    Watched below = new Watched();
    Exit exit = through(peer, peer.server(), below);
    EchoClient client = new EchoClient(MEGABYTE);
    Channel channel = exit.connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    client.done.get(30, TimeUnit.SECONDS);
    for (int i = 0; i < 20; i++) {
      clock.advance(Duration.ofSeconds(10));
      reflects(exit, echo.ipv4(), 10).close().sync();
    }
    assertThat(channel.isOpen()).isTrue();
    assertThat(below.opened).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"HYSTERIA2", "HYSTERIA2_SALAMANDER"})
  void thePortsOfAServerAreUsedOneAfterAnother(Kind kind) throws Exception {
    SingBoxPeer peer = peer(kind);
    List<PortForward> ports = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ports.add(kept(new PortForward(peer.port)));
    }
    String mport = String.join(",", ports.stream().map(it -> "" + it.port()).toList());
    ProxyServer server =
        peer.server(SingBoxPeer.RIGHT, "sni=" + TestCertificates.NAME + "&mport=" + mport);
    Watched below = new Watched();
    Exit exit = through(peer, server, below);
    EchoClient client = new EchoClient(1L << 40);
    Channel channel = exit.connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    client.begun.get(30, TimeUnit.SECONDS);
    while (!ports.stream().allMatch(PortForward::isUsed)) {
      // The next hop is set once this one is made: a moment that comes before is none of a hop.
      clock.advance(Duration.ofSeconds(30));
      echoes(exit, echo.ipv4(), MEGABYTE);
    }
    assertThat(client.done).isNotDone();
    channel.close().sync();
  }

  @Test
  void aCertificateIsTakenByItsFingerprintOrNot() throws Exception {
    SingBoxPeer peer = peer(Kind.HYSTERIA2);
    byte[] certificate = peer.certificate().getEncoded();
    String right =
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate));
    // No authority vouches for it here, and the name is another.
    String options = "sni=other.example&insecure=1&pinSHA256=";
    ProxyServer pinned = peer.server(SingBoxPeer.RIGHT, options + right);
    echoes(through(pinned), echo.ipv4(), MEGABYTE);
    ProxyServer other = peer.server(SingBoxPeer.RIGHT, options + "0".repeat(64));
    assertThat(failure(through(other).connect(echo.ipv4(), new EchoClient(1))))
        .contains(" does not reach 127.0.0.1:")
        .contains("the certificate of other.example, valid ")
        .contains(", is refused: its fingerprint is " + right);
    ProxyServer unknown = peer.server(SingBoxPeer.RIGHT, "sni=" + TestCertificates.NAME);
    assertThat(failure(through(unknown).connect(echo.ipv4(), new EchoClient(1))))
        .contains("the certificate of dns.test, valid ")
        .contains(", is refused: no trusted authority vouches for it");
  }

  private Exit through(ProxyServer server) {
    return through(
        server,
        dialer.exit(),
        host -> CompletableFuture.failedFuture(new AssertionError("looked up " + host)),
        new ProxyTls(Optional.empty()));
  }

  @Test
  void nobodyThereIsToldAtOnceAndAnotherSaltIsNotHeard() throws Exception {
    ProxyServer nobody = ProxyLinks.parse("hysteria2://x@127.0.0.1:" + closedPort().getPort());
    assertThat(failure(through(nobody).connect(echo.ipv4(), new EchoClient(1))))
        .contains("hysteria2://127.0.0.1:" + nobody.port() + " cannot be reached: ")
        .contains("Connection refused (UDP)");
    SingBoxPeer peer = peer(Kind.HYSTERIA2_SALAMANDER);
    String link = "hysteria2://x@127.0.0.1:" + peer.port + "?obfs=salamander&obfs-password=other";
    CompletableFuture<Channel> unheard =
        through(ProxyLinks.parse(link)).connect(echo.ipv4(), new EchoClient(1));
    CompletableFuture<String> ended = unheard.handle((_, _) -> "ended");
    // Time passes for nobody before the handshake has begun.
    do {
      clock.advance(Duration.ofSeconds(10));
    } while (!isDoneWithin(ended, 100));
    assertThat(failure(unheard))
        .contains("cannot be reached: it did not finish the QUIC handshake in 10 s");
  }

  private static boolean isDoneWithin(CompletableFuture<String> future, int millis)
      throws Exception {
    try {
      String _ = future.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HYSTERIA2", "ANYTLS"})
  void aTargetThatRefusesIsTold(Kind kind) throws Exception {
    SingBoxPeer peer = peer(kind);
    Exit exit = through(peer);
    InetSocketAddress target = closedPort();
    EchoClient client = new EchoClient(MEGABYTE);
    client.failsWith(exit.connect(target, client));
    assertThatThrownBy(() -> client.done.get(30, TimeUnit.SECONDS))
        .message()
        .contains(
            "%s://127.0.0.1:%d does not reach %s: "
                .formatted(kind.protocol, peer.port, Endpoint.text(target)))
        .contains("refused");
    echoes(exit, echo.ipv4(), MEGABYTE);
  }

  @ParameterizedTest
  @EnumSource
  void oneBehindAnotherCarriesBoth(Kind kind) throws Exception {
    SingBoxPeer far = peer(kind);
    for (Kind nearKind : List.of(Kind.HYSTERIA2_SALAMANDER, Kind.ANYTLS, Kind.TUIC)) {
      SingBoxPeer near = peer(nearKind);
      Exit first = through(near);
      Exit chain = through(far, far.server(), first);
      echoes(chain, echo.ipv4(), 5 * MEGABYTE);
      reflects(chain, echo.ipv4(), 1_000).close().sync();
    }
    // Of a name the proxy before looks up the address.
    SingBoxPeer near = peer(Kind.HYSTERIA2);
    ProxyServer named = far.server("localhost", SingBoxPeer.RIGHT, "sni=" + TestCertificates.NAME);
    Exit first = through(near);
    echoes(through(far, named, first), echo.ipv4(), MEGABYTE);
  }

  /** Longer than a packet of QUIC's: they go in pieces. */
  @ParameterizedTest
  @EnumSource
  void longDatagramsComeBackWhole(Kind kind) throws Exception {
    SingBoxPeer peer = peer(kind);
    Exit exit = through(peer);
    // The buffers of Hysteria's servers, theirs and sing-box's, cut what is longer.
    int longest = kind.protocol.equals("hysteria2") ? 4_096 : 9_000;
    LongDatagrams client = new LongDatagrams(echo.ipv4(), 1_000, 1_300, 4_000, longest);
    Channel channel = exit.datagrams(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    client.done.get(60, TimeUnit.SECONDS);
    channel.close().sync();
  }
}
