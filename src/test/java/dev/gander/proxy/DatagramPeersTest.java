package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Clock;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.observe.Counters;
import dev.gander.proxy.ProxyPeer.Kind;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Datagrams through proxy servers that others wrote. */
@Timeout(120)
class DatagramPeersTest {

  private static final int DATAGRAMS = 10_000;

  @TempDir Path directory;

  private final Dialer dialer =
      new Dialer(
          SocketMark.none(),
          Clock.system(),
          Thread.ofPlatform().daemon().factory(),
          new SecureRandom(),
          new Counters());
  private final List<ProxyPeer> peers = new ArrayList<>();
  private EchoServers echo;

  @BeforeEach
  void start() throws Exception {
    echo = new EchoServers();
  }

  @AfterEach
  void stop() throws Exception {
    peers.forEach(ProxyPeer::close);
    dialer.close();
    echo.close();
  }

  private ProxyPeer peer(Kind kind) throws Exception {
    ProxyPeer peer = new ProxyPeer(kind, directory);
    peers.add(peer);
    return peer;
  }

  private static Exit through(ProxyPeer peer, Exit below) throws Exception {
    return ProxyExits.through(
        peer.server(),
        below,
        host -> CompletableFuture.failedFuture(new AssertionError("looked up " + host)),
        new ProxyTls(Optional.empty()),
        dev.gander.clock.Clock.system(),
        new java.security.SecureRandom());
  }

  private static Channel echoes(Exit exit, InetSocketAddress target, int datagrams)
      throws Exception {
    DatagramEchoClient client = new DatagramEchoClient(target, datagrams);
    Channel channel = exit.datagrams(target, client).get(30, TimeUnit.SECONDS);
    client.done.get(100, TimeUnit.SECONDS);
    return channel;
  }

  private static String failure(CompletableFuture<Channel> opening) {
    try {
      opening.get(30, TimeUnit.SECONDS);
      throw new AssertionError("it stands");
    } catch (Exception e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void tenThousandComeBackAsTheyWent() throws Exception {
    Exit exit = through(peer(Kind.DANTE), dialer.exit());
    Channel channel = echoes(exit, echo.ipv4(), DATAGRAMS);
    channel.close().get(30, TimeUnit.SECONDS);
  }

  @Test
  void namesAreLookedUpByTheProxy() throws Exception {
    echoes(through(peer(Kind.DANTE), dialer.exit()), echo.byName(), 100);
  }

  @Test
  void anAssociationGoesThroughTheProxyBelow() throws Exception {
    Exit first = through(peer(Kind.DANTE), dialer.exit());
    echoes(through(peer(Kind.DANTE), first), echo.ipv4(), 1_000);
  }

  @Test
  void theDatagramsEndWithTheServer() throws Exception {
    ProxyPeer peer = peer(Kind.DANTE);
    DatagramEchoClient client = new DatagramEchoClient(echo.ipv4(), Integer.MAX_VALUE);
    Exit exit = through(peer, dialer.exit());
    Channel channel = exit.datagrams(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    peer.close();
    channel.closeFuture().get(30, TimeUnit.SECONDS);
    assertThatThrownBy(() -> client.done.get(30, TimeUnit.SECONDS)).isNotNull();
  }

  @ParameterizedTest
  @EnumSource(names = {"MICROSOCKS", "DANTE_SOCKS4", "TINYPROXY"})
  void whoCarriesNoneSaysSo(Kind kind) throws Exception {
    ProxyPeer peer = peer(kind);
    String told =
        failure(
            through(peer, dialer.exit())
                .datagrams(echo.ipv4(), new DatagramEchoClient(echo.ipv4(), 1)));
    assertThat(told)
        .contains(kind.scheme + "://127.0.0.1:" + peer.port + " does not reach 127.0.0.1:")
        .containsAnyOf("carries no datagrams", "carry no datagrams", "does not know the command");
  }

  @Test
  void anAssociationOverAProxyWithoutDatagramsSaysSo() throws Exception {
    Exit first = through(peer(Kind.TINYPROXY), dialer.exit());
    String told =
        failure(
            through(peer(Kind.DANTE), first)
                .datagrams(echo.ipv4(), new DatagramEchoClient(echo.ipv4(), 1)));
    assertThat(told).contains("http://127.0.0.1:").contains("HTTP proxies carry no datagrams");
  }
}
