package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.proxy.ProxyPeer.Kind;
import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams and datagrams through ss-server of shadowsocks-libev, by each cipher. */
class ShadowsocksPeersTest extends PeersCase {

  private static final int DATAGRAMS = 10_000;
  private static final int AT_ONCE = 500;

  @ParameterizedTest
  @EnumSource(names = "SS_.*", mode = EnumSource.Mode.MATCH_ALL)
  void carriesAHundredMegabytesBothWays(Kind kind) throws Exception {
    echoes(through(peer(kind)), echo.ipv4(), 100 * MEGABYTE);
  }

  @ParameterizedTest
  @EnumSource(names = "SS_.*", mode = EnumSource.Mode.MATCH_ALL)
  void tenThousandDatagramsComeBackAsTheyWent(Kind kind) throws Exception {
    reflects(through(peer(kind)), echo.ipv4(), DATAGRAMS);
  }

  @ParameterizedTest
  @EnumSource(names = "SS_.*", mode = EnumSource.Mode.MATCH_ALL)
  void reachesNamesAndIpv6(Kind kind) throws Exception {
    Exit exit = through(peer(kind));
    echoes(exit, echo.byName(), MEGABYTE);
    echoes(exit, echo.ipv6(), MEGABYTE);
    reflects(exit, echo.byName(), 100);
    reflects(exit, echo.ipv6(), 100);
  }

  @Test
  void fiveHundredAtOnceAllGetTheirOwn() throws Exception {
    manyEcho(through(peer(Kind.SS_AES_128_GCM)), echo.ipv4(), AT_ONCE);
  }

  /** The server does not let on: it takes what it gets, and never answers. */
  @Test
  void aWrongPasswordGetsNothingThrough() throws Exception {
    ProxyPeer peer = peer(Kind.SS_AES_256_GCM);
    Exit exit = through(peer, peer.server(ProxyPeer.WRONG), dialer.exit());
    EchoClient client = new EchoClient(1_000);
    Channel channel = exit.connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    DatagramEchoClient datagrams = new DatagramEchoClient(echo.ipv4(), 100);
    exit.datagrams(echo.ipv4(), datagrams).get(30, TimeUnit.SECONDS);
    // By the time that these are back, the others would be too.
    echoes(through(peer), echo.ipv4(), MEGABYTE);
    reflects(through(peer), echo.ipv4(), 1_000);
    assertThat(client.begun).isNotDone();
    assertThat(datagrams.begun).isNotDone();
    channel.close().sync();
  }

  @Test
  void aTargetThatRefusesEndsTheChannel() throws Exception {
    EchoClient client = new EchoClient(1_000);
    Channel channel =
        through(peer(Kind.SS_AES_128_GCM)).connect(closedPort(), client).get(30, TimeUnit.SECONDS);
    channel.closeFuture().get(60, TimeUnit.SECONDS);
    assertThat(client.begun).isNotDone();
  }

  @Test
  void aServerKilledInMidStreamEndsTheChannel() throws Exception {
    ProxyPeer peer = peer(Kind.SS_AES_128_GCM);
    EchoClient client = new EchoClient(Long.MAX_VALUE);
    Exit exit = through(peer);
    Channel channel = exit.connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    client.begun.get(30, TimeUnit.SECONDS);
    peer.close();
    assertThatThrownBy(() -> client.done.get(30, TimeUnit.SECONDS)).isNotNull();
    channel.closeFuture().get(30, TimeUnit.SECONDS);
    assertThat(failure(exit.connect(echo.ipv4(), new EchoClient(1))))
        .contains("ss://127.0.0.1:" + peer.port + " cannot be reached: ");
  }

  @Test
  void chainsNestEitherWay() throws Exception {
    ProxyPeer ss = peer(Kind.SS_CHACHA20_POLY1305);
    ProxyPeer socks = peer(Kind.DANTE);
    Exit ssOverSocks = through(ss, ss.server("localhost", ProxyPeer.PASSWORD), through(socks));
    echoes(ssOverSocks, echo.byName(), 10 * MEGABYTE);
    Exit socksOverSs = through(socks, socks.server("localhost", ""), through(ss));
    echoes(socksOverSs, echo.byName(), 10 * MEGABYTE);
    reflects(through(ss, ss.server(), through(socks)), echo.ipv4(), 1_000);
    reflects(through(socks, socks.server(), through(ss)), echo.ipv4(), 1_000);
  }
}
