package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.node.ProxyLinks;
import dev.gander.proxy.ProxyPeer.Kind;
import dev.gander.proxy.ProxyTls.Pieces;
import io.netty.channel.Channel;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How TLS with proxy servers begins, and whom it trusts. */
class TlsToProxiesTest extends PeersCase {

  private static final Pieces TEN_TO_TWENTY = new Pieces(10, 20, 1, 2);

  private static Lookup none() {
    return host -> CompletableFuture.failedFuture(new AssertionError("looked up " + host));
  }

  @Test
  void theHelloIsInPiecesOnTheWire() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      Exit exit =
          through(
              ProxyLinks.parse("https://127.0.0.1:" + server.getLocalPort() + "?sni=proxy.example"),
              dialer.exit(),
              none(),
              new ProxyTls(Optional.empty(), false, Optional.of(TEN_TO_TWENTY)));
      CompletableFuture<Channel> opening = exit.connect(echo.ipv4(), new EchoClient(1));
      try (Socket client = server.accept()) {
        DataInputStream in = new DataInputStream(client.getInputStream());
        List<Integer> lengths = new ArrayList<>();
        ByteArrayOutputStream hello = new ByteArrayOutputStream();
        do {
          assertThat(in.readUnsignedByte()).as("a record of the handshake").isEqualTo(0x16);
          assertThat(in.readUnsignedByte()).isEqualTo(3);
          in.readByte();
          lengths.add(in.readUnsignedShort());
          hello.writeBytes(in.readNBytes(lengths.getLast()));
        } while (hello.size() < 4 || hello.size() < 4 + length(hello.toByteArray()));
        assertThat(lengths.subList(0, lengths.size() - 1)).allMatch(it -> it >= 10 && it <= 20);
        assertThat(lengths).hasSizeGreaterThan(10);
        assertThat(hello.toByteArray()[0]).as("a ClientHello").isEqualTo((byte) 1);
        assertThat(hello.toString(StandardCharsets.ISO_8859_1)).contains("proxy.example");
      }
      assertThat(failure(opening)).contains("closed the connection in the TLS handshake");
    }
  }

  private static int length(byte[] handshake) {
    return (handshake[1] & 0xFF) << 16 | (handshake[2] & 0xFF) << 8 | (handshake[3] & 0xFF);
  }

  @Test
  void aServerPutsThePiecesTogether() throws Exception {
    ProxyPeer peer = peer(Kind.SQUID_TLS);
    Optional<Path> trusted = Optional.of(peer.directory.resolve("authority.pem"));
    ProxyTls pieces = new ProxyTls(trusted, false, Optional.of(TEN_TO_TWENTY));
    Exit exit = through(peer.server(), dialer.exit(), none(), pieces);
    echoes(exit, echo.ipv4(), MEGABYTE);
    ProxyTls atOnce = new ProxyTls(trusted, false, Optional.of(new Pieces(1, 1, 0, 0)));
    echoes(through(peer.server(), dialer.exit(), none(), atOnce), echo.ipv4(), MEGABYTE);
  }

  @Test
  void allowInsecureTakesAnyCertificate() throws Exception {
    ProxyPeer peer = peer(Kind.SQUID_TLS);
    ProxyTls any = new ProxyTls(Optional.empty(), true, Optional.empty());
    echoes(through(peer.server(), dialer.exit(), none(), any), echo.ipv4(), MEGABYTE);
  }

  @Test
  void anAddressThatIsSilentKeepsTheNextWaitingForAMomentOnly() throws Exception {
    ProxyPeer peer = peer(Kind.DANTE);
    InetAddress deaf = InetAddress.ofLiteral("127.0.0.2");
    // Nobody accepts, and two wait: the kernel answers no further SYN.
    try (ServerSocket full = new ServerSocket(peer.port, 1, deaf);
        Socket first = new Socket(deaf, peer.port);
        Socket second = new Socket(deaf, peer.port)) {
      Exit exit =
          through(
              peer.server("proxy.test", ""),
              dialer.exit(),
              host ->
                  CompletableFuture.completedFuture(
                      List.of(deaf, InetAddress.ofLiteral("127.0.0.1"))),
              new ProxyTls(Optional.empty()));
      // A connection that is given ten seconds to stand would be waited for.
      Channel channel = exit.connect(echo.ipv4(), new EchoClient(1)).get(9, TimeUnit.SECONDS);
      assertThat(channel.remoteAddress())
          .isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), peer.port));
      assertThat(full.isBound() && first.isConnected() && second.isConnected()).isTrue();
      channel.close().sync();
    }
  }
}
