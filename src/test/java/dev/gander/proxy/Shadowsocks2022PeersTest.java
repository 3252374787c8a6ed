package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Clock;
import dev.gander.clock.FakeClock;
import dev.gander.node.ProxyLinks;
import dev.gander.proxy.ProxyPeer.Kind;
import io.netty.channel.Channel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Shadowsocks 2022 through sing-box, which {@code ./gander} builds where there is a Go. */
@EnabledIf("dev.gander.proxy.SingBoxPeer#isThere")
class Shadowsocks2022PeersTest extends PeersCase {

  @ParameterizedTest
  @EnumSource(names = "SS2022_.*", mode = EnumSource.Mode.MATCH_ALL)
  void carriesAHundredMegabytesBothWays(Kind kind) throws Exception {
    echoes(through(peer(kind)), echo.ipv4(), 100 * MEGABYTE);
  }

  @ParameterizedTest
  @EnumSource(names = "SS2022_.*", mode = EnumSource.Mode.MATCH_ALL)
  void tenThousandDatagramsComeBackAsTheyWent(Kind kind) throws Exception {
    reflects(through(peer(kind)), echo.ipv4(), 10_000);
  }

  @ParameterizedTest
  @EnumSource(names = "SS2022_.*", mode = EnumSource.Mode.MATCH_ALL)
  void reachesNamesAndIpv6(Kind kind) throws Exception {
    Exit exit = through(peer(kind));
    echoes(exit, echo.byName(), MEGABYTE);
    echoes(exit, echo.ipv6(), MEGABYTE);
    reflects(exit, echo.ipv6(), 100);
  }

  @Test
  void fiveHundredAtOnceAllGetTheirOwn() throws Exception {
    manyEcho(through(peer(Kind.SS2022_AES_128_GCM)), echo.ipv4(), 500);
  }

  @Test
  void anotherKeyOrAClockThatIsOffGetsNothingThrough() throws Exception {
    ProxyPeer peer = peer(Kind.SS2022_AES_128_GCM);
    String other =
        "ss://2022-blake3-aes-128-gcm:AAAAAAAAAAAAAAAAAAAAAA%3D%3D@127.0.0.1:" + peer.port;
    nothingComes(through(peer, ProxyLinks.parse(other), dialer.exit()), peer);
    FakeClock late = new FakeClock();
    late.advance(Duration.ofMillis(Clock.system().epochMillis() - late.epochMillis() + 90_000));
    nothingComes(
        ProxyExits.through(
            peer.server(),
            dialer.exit(),
            host -> CompletableFuture.failedFuture(new AssertionError(host)),
            new ProxyTls(Optional.empty()),
            late,
            new SecureRandom()),
        peer);
  }

  @Test
  void whoIsNoUserGetsNothingThrough() throws Exception {
    ProxyPeer peer = peer(Kind.SS2022_USER);
    String stranger =
        "ss://2022-blake3-aes-128-gcm:MTIzNDU2Nzg5MGFiY2RlZg%3D%3D:AAAAAAAAAAAAAAAAAAAAAA%3D%3D@127.0.0.1:";
    nothingComes(through(peer, ProxyLinks.parse(stranger + peer.port), dialer.exit()), peer);
  }

  private void nothingComes(Exit exit, ProxyPeer peer) throws Exception {
    EchoClient client = new EchoClient(1_000);
    Channel channel = exit.connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    DatagramEchoClient datagrams = new DatagramEchoClient(echo.ipv4(), 100);
    Channel other = exit.datagrams(echo.ipv4(), datagrams).get(30, TimeUnit.SECONDS);
    // By the time that these are back, the others would be too.
    echoes(through(peer), echo.ipv4(), MEGABYTE);
    reflects(through(peer), echo.ipv4(), 1_000);
    assertThat(client.begun).isNotDone();
    assertThat(datagrams.begun).isNotDone();
    channel.close().sync();
    other.close().sync();
  }
}
