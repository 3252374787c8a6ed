package dev.gander.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A sing-box that takes plain DNS on a port of loopback and asks a server by DNS over QUIC: each
 * query on a stream of its own, which it stops as soon as it has the message.
 */
public final class SingBoxResolver implements AutoCloseable {

  private final int port;
  private final PeerProcess process;

  /**
   * @param server who is asked, whatever his certificate
   */
  public SingBoxResolver(Path folder, InetSocketAddress server) throws Exception {
    port = PeerProcess.freePort();
    Path file = folder.resolve("sing-box.json");
    Files.writeString(
        file,
        """
        {"log": {"level": "warn"},
         "dns": {"servers": [{"type": "quic", "tag": "it", "server": "127.0.0.1",
             "server_port": %d, "tls": {"enabled": true, "insecure": true}}],
           "final": "it", "disable_cache": true},
         "inbounds": [{"type": "direct", "tag": "in", "listen": "127.0.0.1", "listen_port": %d}],
         "outbounds": [{"type": "direct"}],
         "route": {"default_domain_resolver": "it",
           "rules": [{"inbound": "in", "action": "hijack-dns"}]}}
        """
            .formatted(server.getPort(), port));
    process =
        PeerProcess.start(
            List.of(SingBoxPeer.PROGRAM.toString(), "run", "-c", file.toString()), folder, port);
  }

  /** Whether there is a sing-box; docs/TESTING.md says how it is had. */
  public static boolean isThere() {
    return SingBoxPeer.isThere();
  }

  /** Where it takes queries. */
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  /** As kill -9 does. */
  @Override
  public void close() {
    process.close();
  }
}
