package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.proxy.ProxyPeer.Kind;
import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Datagrams through proxy servers that others wrote. */
class DatagramPeersTest extends PeersCase {

  private static final int DATAGRAMS = 10_000;

  @Test
  void tenThousandComeBackAsTheyWent() throws Exception {
    Exit exit = through(peer(Kind.DANTE));
    Channel channel = reflects(exit, echo.ipv4(), DATAGRAMS);
    channel.close().get(30, TimeUnit.SECONDS);
  }

  @Test
  void namesAreLookedUpByTheProxy() throws Exception {
    reflects(through(peer(Kind.DANTE)), echo.byName(), 100);
  }

  @Test
  void anAssociationGoesThroughTheProxyBelow() throws Exception {
    Exit first = through(peer(Kind.DANTE));
    ProxyPeer second = peer(Kind.DANTE);
    reflects(through(second, second.server(), first), echo.ipv4(), 1_000);
  }

  @Test
  void theDatagramsEndWithTheServer() throws Exception {
    ProxyPeer peer = peer(Kind.DANTE);
    DatagramEchoClient client = new DatagramEchoClient(echo.ipv4(), Integer.MAX_VALUE);
    Exit exit = through(peer);
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
        failure(through(peer).datagrams(echo.ipv4(), new DatagramEchoClient(echo.ipv4(), 1)));
    assertThat(told)
        .contains(kind.scheme + "://127.0.0.1:" + peer.port + " does not reach 127.0.0.1:")
        .containsAnyOf("carries no datagrams", "carry no datagrams", "does not know the command");
  }

  @Test
  void anAssociationOverAProxyWithoutDatagramsSaysSo() throws Exception {
    Exit first = through(peer(Kind.TINYPROXY));
    ProxyPeer second = peer(Kind.DANTE);
    String told =
        failure(
            through(second, second.server(), first)
                .datagrams(echo.ipv4(), new DatagramEchoClient(echo.ipv4(), 1)));
    assertThat(told).contains("http://127.0.0.1:").contains("HTTP proxies carry no datagrams");
  }
}
