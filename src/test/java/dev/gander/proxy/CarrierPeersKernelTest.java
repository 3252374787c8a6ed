package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.proxy.V2rayPeer.Kind;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What Debian's v2ray does not carry: gRPC, taken apart by grpcio's server, and HTTPUpgrade, by
 * Python's HTTP server. ./gander test puts both into target/peers.
 */
@Tag("kernel")
class CarrierPeersKernelTest extends PeersCase {

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
    AutoCloseable _ = kept(() -> process.destroyForcibly().onExit().join());
    String[] ready = String.valueOf(process.inputReader().readLine()).split(" ", -1);
    assertThat(ready[0]).isEqualTo("ready");
    return Integer.parseInt(ready[1]);
  }

  private Exit through(V2rayPeer peer, String transport, boolean tls, String path)
      throws Exception {
    int port = relay(peer, transport, tls);
    return through(peer, peer.server(V2rayPeer.RIGHT, port, transport, path, tls), dialer.exit());
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
    String path = transport.equals("grpc") ? "gander" : "/road";
    Exit exit = through(peer(kind), transport, tls, path);
    echoes(exit, echo.ipv4(), 20 * MEGABYTE);
    reflects(exit, echo.ipv4(), 2_000).close().sync();
  }

  @Test
  void aHundredStreamsOfGrpcAtOnce() throws Exception {
    Exit exit = through(peer(Kind.VLESS), "grpc", false, "gander");
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

  @Test
  void aWrongServiceOrPathIsTold() throws Exception {
    V2rayPeer peer = peer(Kind.VMESS);
    EchoClient client = new EchoClient(1);
    Exit grpc = through(peer, "grpc", false, "other");
    Channel _ = grpc.connect(echo.ipv4(), client).get(30, TimeUnit.SECONDS);
    assertThat(failure(client.done)).contains("vmess://127.0.0.1:", "gRPC status 12");
    Exit upgrade = through(peer, "httpupgrade", false, "/other");
    assertThat(failure(upgrade.connect(echo.ipv4(), new EchoClient(1))))
        .contains("it answered 404");
  }
}
