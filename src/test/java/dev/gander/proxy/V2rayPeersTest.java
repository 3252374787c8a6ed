package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.config.Endpoint;
import dev.gander.proxy.V2rayPeer.Kind;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TCP and datagrams through Trojan, VMess and VLESS servers that others wrote. */
class V2rayPeersTest extends PeersCase {

  private static final int AT_ONCE = 500;

  @ParameterizedTest
  @EnumSource
  void carriesTensOfMegabytesBothWays(Kind kind) throws Exception {
    echoes(through(peer(kind)), echo.ipv4(), 40 * MEGABYTE);
  }

  @ParameterizedTest
  @EnumSource
  void reachesNamesAndIpv6(Kind kind) throws Exception {
    Exit exit = through(peer(kind));
    assertThat(exit.takesNames()).isTrue();
    echoes(exit, echo.byName(), MEGABYTE);
    echoes(exit, echo.ipv6(), MEGABYTE);
  }

  @ParameterizedTest
  @EnumSource
  void carriesTenThousandDatagrams(Kind kind) throws Exception {
    reflects(through(peer(kind)), echo.ipv4(), 10_000).close().sync();
  }

  @ParameterizedTest
  @EnumSource
  void aWrongPasswordEndsTheConnectionAndTheErrorNamesTheServer(Kind kind) throws Exception {
    V2rayPeer peer = peer(kind);
    Exit exit = through(peer, peer.server(V2rayPeer.WRONG), dialer.exit());
    EchoClient client = new EchoClient(MEGABYTE);
    Channel _ = exit.connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    assertThat(failure(client.done))
        .contains(kind.protocol + "://127.0.0.1:" + peer.port)
        .doesNotContain("b831381d");
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatDiesEndsTheConnection(Kind kind) throws Exception {
    V2rayPeer peer = peer(kind);
    EchoClient client = new EchoClient(1 << 30);
    Channel channel = through(peer).connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    client.begun.get(30, TimeUnit.SECONDS);
    peer.close();
    assertThatThrownBy(() -> client.done.get(30, TimeUnit.SECONDS)).isNotNull();
    channel.closeFuture().get(30, TimeUnit.SECONDS);
    assertThat(failure(through(peer).connect(echo.ipv4(), new EchoClient(1))))
        .contains(kind.protocol + "://127.0.0.1:" + peer.port + " cannot be reached");
  }

  @ParameterizedTest
  @EnumSource(names = {"TROJAN", "VMESS", "VMESS_WS_TLS", "VLESS_WS"})
  void carriesFiveHundredAtOnce(Kind kind) throws Exception {
    Exit exit = through(peer(kind));
    List<EchoClient> clients = new ArrayList<>();
    List<CompletableFuture<Channel>> channels = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      EchoClient client = new EchoClient(20_000);
      clients.add(client);
      channels.add(exit.connect(echo.ipv4(), client));
      // So many handshakes at once as a small machine can do in the time that one may take.
      if (i >= 50) {
        Channel _ = channels.get(i - 50).get(30, TimeUnit.SECONDS);
      }
    }
    int refused = 0;
    for (EchoClient client : clients) {
      try {
        client.done.get(100, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        refused++;
        echoes(exit, echo.ipv4(), 20_000);
      }
    }
    // v2ray knows ids it has seen by a cuckoo filter of eight bits: it takes one new one in some
    // thousands for a replay, and resets that connection.
    assertThat(refused).isLessThanOrEqualTo(kind.name().startsWith("VMESS") ? 3 : 0);
    for (CompletableFuture<Channel> channel : channels) {
      channel.join().close().sync();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TROJAN", "VMESS_WS_TLS", "VLESS_WS"})
  void oneBehindAnotherCarriesBoth(Kind kind) throws Exception {
    V2rayPeer near = peer(Kind.VMESS_WS);
    V2rayPeer far = peer(kind);
    Exit chain = through(far, far.server(), through(near));
    echoes(chain, echo.ipv4(), MEGABYTE);
    reflects(chain, echo.ipv4(), 500).close().sync();
  }

  @Test
  void aWrongPathIsTold() throws Exception {
    V2rayPeer peer = peer(Kind.VLESS_WS);
    Exit exit =
        through(
            peer, peer.server(V2rayPeer.RIGHT, peer.port, "ws", "/other", false), dialer.exit());
    assertThat(failure(exit.connect(echo.ipv4(), new EchoClient(1))))
        .isEqualTo(
            "java.io.IOException: vless://127.0.0.1:%d does not reach %s: it answered 404 to the upgrade to WebSocket: is the path right?"
                .formatted(peer.port, Endpoint.text(echo.ipv4())));
  }
}
