package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Clock;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.node.ProxyServer;
import dev.gander.observe.Counters;
import dev.gander.proxy.ProxyPeer.Kind;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
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

/** TCP through proxy servers that others wrote. */
@Timeout(120)
class ProxyPeersTest {

  private static final long MEGABYTE = 1 << 20;
  private static final int AT_ONCE = 500;

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

  private Exit through(ProxyPeer peer) throws Exception {
    return through(peer, peer.server(), dialer.exit());
  }

  private static Exit through(ProxyPeer peer, ProxyServer server, Exit below) {
    return ProxyExits.through(
        server,
        below,
        host -> CompletableFuture.failedFuture(new AssertionError("looked up " + host)),
        new ProxyTls(Optional.of(peer.directory.resolve("authority.pem"))),
        Clock.system(),
        new SecureRandom());
  }

  private static void echoes(Exit exit, InetSocketAddress target, long bytes) throws Exception {
    EchoClient client = new EchoClient(bytes);
    Channel channel = exit.connect(target, client).get(30, TimeUnit.SECONDS);
    client.done.get(100, TimeUnit.SECONDS);
    channel.close().sync();
  }

  private static String failure(CompletableFuture<Channel> connecting) {
    try {
      connecting.get(30, TimeUnit.SECONDS);
      throw new AssertionError("it stands");
    } catch (Exception e) {
      return String.valueOf(e.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void carriesAHundredMegabytesBothWays(Kind kind) throws Exception {
    echoes(through(peer(kind)), echo.ipv4(), 100 * MEGABYTE);
  }

  @ParameterizedTest
  @EnumSource
  void reachesNamesAndIpv6(Kind kind) throws Exception {
    Exit exit = through(peer(kind));
    if (kind == Kind.DANTE_SOCKS4) {
      assertThat(failure(exit.connect(echo.byName(), new EchoClient(1))))
          .contains("SOCKS 4 takes no names");
      assertThat(failure(exit.connect(echo.ipv6(), new EchoClient(1))))
          .contains("SOCKS 4 knows no IPv6");
      return;
    }
    assertThat(exit.takesNames()).isTrue();
    echoes(exit, echo.byName(), MEGABYTE);
    echoes(exit, echo.ipv6(), MEGABYTE);
  }

  @ParameterizedTest
  @EnumSource(names = {"MICROSOCKS", "TINYPROXY", "SQUID", "SQUID_TLS"})
  void aWrongPasswordIsTold(Kind kind) throws Exception {
    ProxyPeer peer = peer(kind);
    Exit exit = through(peer, peer.server(ProxyPeer.WRONG), dialer.exit());
    assertThat(failure(exit.connect(echo.ipv4(), new EchoClient(1))))
        .contains(kind.scheme + "://127.0.0.1:" + peer.port)
        .contains("does not reach 127.0.0.1:" + echo.port())
        .contains("refused user and password")
        .doesNotContain("Qz7wXv");
  }

  @ParameterizedTest
  @EnumSource
  void aTargetThatRefusesIsTold(Kind kind) throws Exception {
    ProxyPeer peer = peer(kind);
    InetSocketAddress closed;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      closed = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), free.getLocalPort());
    }
    String told = failure(through(peer).connect(closed, new EchoClient(1)));
    assertThat(told).contains("does not reach 127.0.0.1:" + closed.getPort() + ": ");
    assertThat(told)
        .containsAnyOf(
            "connection refused", "it rejected the request", "it answered 500", "it answered 503");
  }

  @ParameterizedTest
  @EnumSource
  void aServerKilledInMidStreamEndsTheChannel(Kind kind) throws Exception {
    ProxyPeer peer = peer(kind);
    EchoClient client = new EchoClient(Long.MAX_VALUE);
    Exit exit = through(peer);
    Channel channel = exit.connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    client.begun.get(30, TimeUnit.SECONDS);
    peer.close();
    assertThatThrownBy(() -> client.done.get(30, TimeUnit.SECONDS)).isNotNull();
    channel.closeFuture().get(30, TimeUnit.SECONDS);
    assertThat(failure(exit.connect(echo.ipv4(), new EchoClient(1))))
        .contains(kind.scheme + "://127.0.0.1:" + peer.port + " cannot be reached: ")
        .contains("Connection refused");
  }

  @ParameterizedTest
  @EnumSource
  void fiveHundredAtOnceAllGetTheirOwn(Kind kind) throws Exception {
    Exit exit = through(peer(kind));
    List<EchoClient> clients = new ArrayList<>();
    List<CompletableFuture<Channel>> channels = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      EchoClient client = new EchoClient(10_000 + i);
      clients.add(client);
      channels.add(exit.connect(echo.ipv4(), client));
    }
    for (int i = 0; i < AT_ONCE; i++) {
      channels.get(i).get(60, TimeUnit.SECONDS);
      clients.get(i).done.get(60, TimeUnit.SECONDS);
    }
    for (CompletableFuture<Channel> channel : channels) {
      channel.resultNow().close().sync();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MICROSOCKS", "TINYPROXY", "SQUID_TLS"})
  void chainsNestEitherWay(Kind outer) throws Exception {
    ProxyPeer last = peer(outer);
    for (Kind inner : List.of(Kind.DANTE, Kind.SQUID)) {
      Exit first = through(peer(inner));
      // Nobody here looks the second server's name up: the first does.
      Exit both = through(last, last.server("localhost", ProxyPeer.PASSWORD), first);
      echoes(both, echo.byName(), 10 * MEGABYTE);
      Exit wrong = through(last, last.server(ProxyPeer.WRONG), first);
      assertThat(failure(wrong.connect(echo.ipv4(), new EchoClient(1))))
          .contains(outer.scheme + "://127.0.0.1:" + last.port + " does not reach 127.0.0.1");
    }
  }

  @Test
  void aFaultOfTheFirstOfAChainNamesBoth() throws Exception {
    ProxyPeer first = peer(Kind.MICROSOCKS);
    ProxyPeer second = peer(Kind.SQUID);
    Exit chain =
        through(
            second, second.server(), through(first, first.server(ProxyPeer.WRONG), dialer.exit()));
    assertThat(failure(chain.connect(echo.ipv4(), new EchoClient(1))))
        .contains("http://127.0.0.1:" + second.port + " cannot be reached: socks5://127.0.0.1:")
        .contains(first.port + " does not reach 127.0.0.1:" + second.port + ": it refused");
  }

  @Test
  void aCertificateThatIsRefusedSaysWhy() throws Exception {
    ProxyPeer peer = peer(Kind.SQUID_TLS);
    Exit exit =
        ProxyExits.through(
            peer.server(),
            dialer.exit(),
            host -> CompletableFuture.failedFuture(new AssertionError(host)),
            new ProxyTls(Optional.empty()),
            Clock.system(),
            new SecureRandom());
    assertThat(failure(exit.connect(echo.ipv4(), new EchoClient(1))))
        .contains("https://127.0.0.1:" + peer.port + " does not reach")
        .contains("no trusted authority vouches for it");
  }

  @Test
  void aServersNameIsLookedUpAndEachAddressTried() throws Exception {
    ProxyPeer peer = peer(Kind.DANTE);
    Exit exit =
        ProxyExits.through(
            peer.server("proxy.test", ""),
            dialer.exit(),
            host -> {
              assertThat(host).isEqualTo("proxy.test");
              // It listens on the second only.
              return CompletableFuture.completedFuture(
                  List.of(InetAddress.ofLiteral("::1"), InetAddress.ofLiteral("127.0.0.1")));
            },
            new ProxyTls(Optional.empty()),
            Clock.system(),
            new SecureRandom());
    echoes(exit, echo.ipv4(), MEGABYTE);
  }
}
