package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.node.ProxyServer;
import dev.gander.proxy.SingBoxPeer.Kind;
import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Hysteria 2, AnyTLS and TUIC through sing-box, where that is to be had. */
@EnabledIf("dev.gander.proxy.SingBoxPeer#isThere")
class SingBoxPeersTest extends PeersCase {

  @ParameterizedTest
  @EnumSource
  void carriesAHundredMegabytesBothWays(Kind kind) throws Exception {
    echoes(through(peer(kind)), echo.ipv4(), 100 * MEGABYTE);
  }

  @ParameterizedTest
  @EnumSource
  void tenThousandDatagramsComeBackAsTheyWent(Kind kind) throws Exception {
    Channel channel = reflects(through(peer(kind)), echo.ipv4(), 10_000);
    channel.close().sync();
  }

  @ParameterizedTest
  @EnumSource
  void reachesNamesAndIpv6(Kind kind) throws Exception {
    Exit exit = through(peer(kind));
    assertThat(exit.takesNames()).isTrue();
    echoes(exit, echo.byName(), MEGABYTE);
    echoes(exit, echo.ipv6(), MEGABYTE);
    reflects(exit, echo.byName(), 100).close().sync();
    reflects(exit, echo.ipv6(), 100).close().sync();
  }

  @ParameterizedTest
  @EnumSource
  void fiveHundredAtOnceAllGetTheirOwn(Kind kind) throws Exception {
    manyEcho(through(peer(kind)), echo.ipv4(), 500);
  }

  @ParameterizedTest
  @EnumSource
  void aWrongPasswordIsToldAndNotShown(Kind kind) throws Exception {
    SingBoxPeer peer = peer(kind);
    ProxyServer wrong = peer.server(SingBoxPeer.WRONG, "sni=dns.test");
    EchoClient client = new EchoClient(MEGABYTE);
    client.failsWith(through(peer, wrong, dialer.exit()).connect(echo.ipv4(), client));
    assertThatThrownBy(() -> client.done.get(30, TimeUnit.SECONDS))
        .message()
        .contains(kind.protocol + "://127.0.0.1:" + peer.port)
        .contains("password")
        .doesNotContain("Qz7w");
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatDiesEndsWhatItCarriedAndIsDialledAgain(Kind kind) throws Exception {
    SingBoxPeer peer = peer(kind);
    Exit exit = through(peer);
    EchoClient client = new EchoClient(1 << 30);
    Channel channel = exit.connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    client.begun.get(30, TimeUnit.SECONDS);
    peer.restart();
    // What waits for an answer of a server that does not know it takes QUIC's time to notice.
    channel.closeFuture().get(60, TimeUnit.SECONDS);
    assertThatThrownBy(() -> client.done.get(30, TimeUnit.SECONDS)).isNotNull();
    echoes(exit, echo.ipv4(), MEGABYTE);
    peer.close();
    assertThat(failure(through(peer).connect(echo.ipv4(), new EchoClient(1))))
        .contains(kind.protocol + "://127.0.0.1:" + peer.port + " cannot be reached");
  }
}
