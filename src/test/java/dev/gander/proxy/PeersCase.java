package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.node.ProxyServer;
import dev.gander.observe.Counters;
import dev.gander.proxy.ProxyPeer.Kind;
import io.netty.channel.Channel;
import java.net.InetAddress;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What tests with real proxy servers share: the servers, echo behind them, ways through them. */
@Timeout(120)
abstract class PeersCase {

  static final long MEGABYTE = 1 << 20;

  @TempDir Path directory;

  final Dialer dialer =
      new Dialer(
          SocketMark.none(),
          Clock.system(),
          Thread.ofPlatform().daemon().factory(),
          new SecureRandom(),
          new Counters());
  private final List<ProxyPeer> peers = new ArrayList<>();
  EchoServers echo;

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

  ProxyPeer peer(Kind kind) throws Exception {
    ProxyPeer peer = new ProxyPeer(kind, directory);
    peers.add(peer);
    return peer;
  }

  Exit through(ProxyPeer peer) throws Exception {
    return through(peer, peer.server(), dialer.exit());
  }

  static Exit through(ProxyPeer peer, ProxyServer server, Exit below) {
    return trusting(peer.directory, server, below);
  }

  /** {@code directory} has the certificate of who vouches for the server; no name is looked up. */
  static Exit trusting(Path directory, ProxyServer server, Exit below) {
    return through(
        server,
        below,
        host -> CompletableFuture.failedFuture(new AssertionError("looked up " + host)),
        new ProxyTls(Optional.of(directory.resolve("authority.pem"))));
  }

  static Exit through(ProxyServer server, Exit below, Lookup lookup, ProxyTls tls) {
    return ProxyExits.through(server, below, lookup, tls, Clock.system(), new SecureRandom());
  }

  static void echoes(Exit exit, InetSocketAddress target, long bytes) throws Exception {
    EchoClient client = new EchoClient(bytes);
    Channel channel = exit.connect(target, client).get(30, TimeUnit.SECONDS);
    client.done.get(100, TimeUnit.SECONDS);
    channel.close().sync();
  }

  static Channel reflects(Exit exit, InetSocketAddress target, int datagrams) throws Exception {
    DatagramEchoClient client = new DatagramEchoClient(target, datagrams);
    Channel channel = exit.datagrams(target, client).get(30, TimeUnit.SECONDS);
    client.done.get(100, TimeUnit.SECONDS);
    return channel;
  }

  static void manyEcho(Exit exit, InetSocketAddress target, int number) throws Exception {
    List<EchoClient> clients = new ArrayList<>();
    List<CompletableFuture<Channel>> channels = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      EchoClient client = new EchoClient(10_000 + i);
      clients.add(client);
      channels.add(exit.connect(target, client));
      // So many handshakes at once as a small machine can do in the time that one may take.
      if (i >= 50) {
        Channel _ = channels.get(i - 50).get(60, TimeUnit.SECONDS);
      }
    }
    for (int i = 0; i < number; i++) {
      channels.get(i).get(60, TimeUnit.SECONDS);
      clients.get(i).done.get(100, TimeUnit.SECONDS);
    }
    for (CompletableFuture<Channel> channel : channels) {
      channel.resultNow().close().sync();
    }
  }

  static String failure(CompletableFuture<Channel> opening) {
    try {
      opening.get(30, TimeUnit.SECONDS);
      throw new AssertionError("it stands");
    } catch (Exception e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Where nobody listens. */
  static InetSocketAddress closedPort() throws Exception {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), PeerProcess.freePort());
  }
}
