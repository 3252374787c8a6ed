package dev.gander.proxy;

import dev.gander.forward.TestCertificates;
import dev.gander.node.LinkException;
import dev.gander.node.ProxyLinks;
import dev.gander.node.ProxyServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;

/** A sing-box server on a free port of loopback. */
final class SingBoxPeer implements Peer {

  static final String RIGHT = "Qz7wXv-right";
  static final String WRONG = "Qz7wXv-wrong";

  private static final String ID = "b831381d-6324-4d53-ad4f-8cda48b30811";

  /** What it speaks, and how. */
  enum Kind {
    HYSTERIA2("hysteria2", ""),
    HYSTERIA2_SALAMANDER("hysteria2", "&obfs=salamander&obfs-password=mist"),
    ANYTLS("anytls", ""),
    TUIC("tuic", "&congestion_control=bbr"),
    TUIC_STREAMS("tuic", "&udp_relay_mode=quic");

    final String protocol;
    final String options;

    Kind(String protocol, String options) {
      this.protocol = protocol;
      this.options = options;
    }
  }

  /** docs/TESTING.md says how it is had. */
  static final Path PROGRAM = Path.of("target/peers/bin/sing-box").toAbsolutePath();

  static boolean isThere() {
    return Files.isExecutable(PROGRAM);
  }

  final Kind kind;
  final Path directory;
  final int port;
  private final TestCertificates certificates;
  private PeerProcess process;

  SingBoxPeer(Kind kind, Path parent) throws Exception {
    this.kind = kind;
    directory = Files.createTempDirectory(parent, kind.name());
    port = PeerProcess.freePort();
    certificates = new TestCertificates(directory);
    TestCertificates.write(
        certificates.good, directory.resolve("server.pem"), directory.resolve("server.key"));
    process = start();
  }

  /** Beside the server a port of TCP, so that it is seen when it listens. */
  private PeerProcess start() throws Exception {
    int ready = PeerProcess.freePort();
    Path file = directory.resolve("config.json");
    Files.writeString(
        file,
        """
        {"log": {"level": "info"},
         "dns": {"servers": [{"type": "hosts", "tag": "hosts",
           "predefined": {"localhost": ["127.0.0.1", "::1"]}}]},
         "route": {"default_domain_resolver": "hosts"},
         "inbounds": [
           {"type": "%1$s", "listen": "127.0.0.1", "listen_port": %2$d, %3$s
            "tls": {"enabled": true, "alpn": %6$s,
              "certificate_path": "%4$s/server.pem", "key_path": "%4$s/server.key"}},
           {"type": "socks", "listen": "127.0.0.1", "listen_port": %5$d}],
         "outbounds": [{"type": "direct"}]}
        """
            .formatted(kind.protocol, port, inbound(), directory, ready, alpn()));
    return PeerProcess.start(
        List.of(PROGRAM.toString(), "run", "-c", file.toString()), directory, ready);
  }

  private String alpn() {
    return kind.protocol.equals("anytls") ? "[]" : "[\"h3\"]";
  }

  private String inbound() {
    String user = "\"users\": [{\"name\": \"one\", \"password\": \"" + RIGHT + "\"";
    String id = kind.protocol.equals("tuic") ? ", \"uuid\": \"" + ID + "\"" : "";
    String obfs =
        kind.options.contains("obfs")
            ? "\"obfs\": {\"type\": \"salamander\", \"password\": \"mist\"},"
            : "";
    return user + id + "}]," + obfs;
  }

  @Override
  public Path directory() {
    return directory;
  }

  @Override
  public ProxyServer server() throws LinkException {
    return server(RIGHT, "sni=" + TestCertificates.NAME);
  }

  ProxyServer server(String password, String tls) throws LinkException {
    return server("127.0.0.1", password, tls);
  }

  ProxyServer server(String host, String password, String tls) throws LinkException {
    String id = kind.protocol.equals("tuic") ? ID + ":" : "";
    return ProxyLinks.parse(
        "%s://%s%s@%s:%d?%s%s"
            .formatted(kind.protocol, id, password, host, port, tls, kind.options));
  }

  X509Certificate certificate() {
    return certificates.good.getCertificate();
  }

  /** Ends it as kill -9 does, and starts another that knows nothing of its connections. */
  void restart() throws Exception {
    process.close();
    process = start();
  }

  @Override
  public void close() {
    process.close();
  }
}
