package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Clock;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.observe.Counters;
import dev.gander.proxy.V2rayPeer.Kind;
import io.netty.channel.Channel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What Debian's v2ray does not carry: gRPC, taken apart by grpcio's server, and HTTPUpgrade, by
 * Python's HTTP server. ./gander test puts both into target/peers.
 */
@Tag("kernel")
@Timeout(120)
class CarrierPeersKernelTest {

  private static final long MEGABYTE = 1 << 20;

  @TempDir Path directory;

  private final Dialer dialer =
      new Dialer(
          SocketMark.none(),
          Clock.system(),
          Thread.ofPlatform().daemon().factory(),
          new SecureRandom(),
          new Counters());
  private final List<Process> relays = new ArrayList<>();

  @AfterEach
  void stop() {
    dialer.close();
    relays.forEach(each -> each.destroyForcibly().onExit().join());
  }

  private int relay(V2rayPeer peer, String transport, boolean tls) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "target/peers/bin/python",
                "src/test/peers/carrier_relay.py",
                transport,
                "" + peer.port));
    if (tls) {
      command.add(peer.directory.resolve("server.pem").toString());
      command.add(peer.directory.resolve("server.key").toString());
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    relays.add(process);
    String[] ready = String.valueOf(process.inputReader().readLine()).split(" ", -1);
    assertThat(ready[0]).isEqualTo("ready");
    return Integer.parseInt(ready[1]);
  }

  private Exit through(V2rayPeer peer, String transport, boolean tls, String path)
      throws Exception {
    int port = relay(peer, transport, tls);
    return ProxyExits.through(
        peer.server(V2rayPeer.RIGHT, port, transport, path, tls),
        dialer.exit(),
        host -> CompletableFuture.failedFuture(new AssertionError("looked up " + host)),
        new ProxyTls(Optional.of(peer.directory.resolve("authority.pem"))),
        Clock.system(),
        new SecureRandom());
  }

  @ParameterizedTest
  @CsvSource({
    "VLESS, grpc, false",
    "VLESS, grpc, true",
    "VMESS, grpc, true",
    "VLESS, httpupgrade, false",
    "VMESS, httpupgrade, false"
  })
  void carriesBytesAndDatagrams(Kind kind, String transport, boolean tls) throws Exception {
    try (EchoServers echo = new EchoServers();
        V2rayPeer peer = new V2rayPeer(kind, directory)) {
      String path = transport.equals("grpc") ? "gander" : "/road";
      Exit exit = through(peer, transport, tls, path);
      EchoClient bytes = new EchoClient(20 * MEGABYTE);
      Channel channel = exit.connect(echo.ipv4(), bytes).get(30, TimeUnit.SECONDS);
      bytes.done.get(100, TimeUnit.SECONDS);
      channel.close().sync();
      DatagramEchoClient datagrams = new DatagramEchoClient(echo.ipv4(), 2_000);
      channel = exit.datagrams(echo.ipv4(), datagrams).get(30, TimeUnit.SECONDS);
      datagrams.done.get(100, TimeUnit.SECONDS);
      channel.close().sync();
    }
  }

  @Test
  void aHundredStreamsOfGrpcAtOnce() throws Exception {
    try (EchoServers echo = new EchoServers();
        V2rayPeer peer = new V2rayPeer(Kind.VLESS, directory)) {
      Exit exit = through(peer, "grpc", false, "gander");
      List<EchoClient> clients = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        EchoClient client = new EchoClient(100_000);
        clients.add(client);
        Channel _ = exit.connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
      }
      for (EchoClient client : clients) {
        client.done.get(100, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void aWrongServiceOrPathIsTold() throws Exception {
    try (V2rayPeer peer = new V2rayPeer(Kind.VMESS, directory);
        EchoServers echo = new EchoServers()) {
      EchoClient client = new EchoClient(1);
      Exit grpc = through(peer, "grpc", false, "other");
      Channel _ = grpc.connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
      assertThat(client.done.handle((_, failure) -> failure.getMessage()).get(30, TimeUnit.SECONDS))
          .startsWith("vmess://127.0.0.1:")
          .contains("gRPC status 12");
      Exit upgrade = through(peer, "httpupgrade", false, "/other");
      assertThat(
              upgrade
                  .connect(echo.ipv4(), new EchoClient(1))
                  .handle((_, failure) -> failure.getMessage())
                  .get(30, TimeUnit.SECONDS))
          .contains("it answered 404");
    }
  }
}
