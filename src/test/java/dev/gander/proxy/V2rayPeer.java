package dev.gander.proxy;

import dev.gander.forward.TestCertificates;
import dev.gander.node.LinkException;
import dev.gander.node.ProxyLinks;
import dev.gander.node.ProxyServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/** A trojan or v2ray server of Debian's, on a free port of loopback or of another place. */
public final class V2rayPeer implements Peer {

  static final String RIGHT = "b831381d-6324-4d53-ad4f-8cda48b30811";
  static final String WRONG = "b831381d-6324-4d53-ad4f-8cda48b30812";

  /** What there is: protocol, transport, TLS, who serves it. */
  public enum Kind {
    TROJAN("trojan", "tcp", true, false),
    TROJAN_OF_V2RAY("trojan", "tcp", true, true),
    TROJAN_WS("trojan", "ws", true, true),
    VMESS("vmess", "tcp", false, true),
    VMESS_CHACHA("vmess", "tcp", false, true),
    VMESS_TLS("vmess", "tcp", true, true),
    VMESS_WS("vmess", "ws", false, true),
    VMESS_WS_TLS("vmess", "ws", true, true),
    VLESS("vless", "tcp", false, true),
    VLESS_TLS("vless", "tcp", true, true),
    VLESS_WS("vless", "ws", false, true),
    VLESS_WS_TLS("vless", "ws", true, true);

    final String protocol;
    final String transport;
    final boolean tls;
    final boolean v2ray;

    Kind(String protocol, String transport, boolean tls, boolean v2ray) {
      this.protocol = protocol;
      this.transport = transport;
      this.tls = tls;
      this.v2ray = v2ray;
    }
  }

  final Kind kind;
  final Path directory;
  final int port;
  private final PeerPlace place;
  private final PeerProcess process;

  V2rayPeer(Kind kind, Path parent) throws Exception {
    this(kind, parent, PeerPlace.LOOPBACK);
  }

  /** Starts it; what it needs goes below {@code parent}. */
  public V2rayPeer(Kind kind, Path parent, PeerPlace place) throws Exception {
    this.kind = kind;
    this.place = place;
    directory = Files.createTempDirectory(parent, kind.name());
    port = PeerProcess.freePort();
    TestCertificates certificates = new TestCertificates(directory);
    TestCertificates.write(
        certificates.good, directory.resolve("server.pem"), directory.resolve("server.key"));
    Path file = directory.resolve("config.json");
    Files.writeString(file, kind.v2ray ? v2ray() : trojan());
    process = PeerProcess.start(place, command(file), directory, port);
  }

  private List<String> command(Path file) throws Exception {
    return kind.v2ray ? v2ray(file) : List.of("trojan", "-c", file.toString());
  }

  /** Runs v2ray by a file. */
  static List<String> v2ray(Path file) throws Exception {
    Process asked = new ProcessBuilder("v2ray", "-version").redirectErrorStream(true).start();
    String version = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return version.startsWith("V2Ray 4")
        ? List.of("v2ray", "-config", file.toString())
        : List.of("v2ray", "run", "-c", file.toString());
  }

  private String trojan() {
    return """
    {"run_type": "server", "local_addr": "%4$s", "local_port": %1$d,
     "remote_addr": "127.0.0.1", "remote_port": 1, "password": ["%2$s"], "log_level": 2,
     "ssl": {"cert": "%3$s/server.pem", "key": "%3$s/server.key", "key_password": "",
       "cipher": "", "cipher_tls13": "", "prefer_server_cipher": true,
       "alpn": ["http/1.1"], "reuse_session": true, "session_ticket": false,
       "session_timeout": 600, "plain_http_response": "", "curves": "", "dhparam": ""},
     "tcp": {"prefer_ipv4": false, "no_delay": true, "keep_alive": true, "reuse_port": false,
       "fast_open": false, "fast_open_qlen": 20},
     "mysql": {"enabled": false}}
    """
        .formatted(port, RIGHT, directory, place.address());
  }

  private String v2ray() {
    String user =
        switch (kind.protocol) {
          case "vmess" -> "\"id\": \"" + RIGHT + "\", \"alterId\": 0";
          case "vless" -> "\"id\": \"" + RIGHT + "\"";
          default -> "\"password\": \"" + RIGHT + "\"";
        };
    String tls =
        kind.tls
            ? """
            , "security": "tls", "tlsSettings": {"certificates": [
              {"certificateFile": "%1$s/server.pem", "keyFile": "%1$s/server.key"}]}\
            """
                .formatted(directory)
            : "";
    String decryption = kind.protocol.equals("vless") ? ", \"decryption\": \"none\"" : "";
    return """
    {"log": {"loglevel": "info"},
     "inbounds": [{"listen": "%7$s", "port": %1$d, "protocol": "%2$s",
       "settings": {"clients": [{%3$s}]%4$s},
       "streamSettings": {"network": "%5$s", "wsSettings": {"path": "/road"}%6$s}}],
     "outbounds": [{"protocol": "freedom"}]}
    """
        .formatted(port, kind.protocol, user, decryption, kind.transport, tls, place.address());
  }

  @Override
  public Path directory() {
    return directory;
  }

  @Override
  public ProxyServer server() throws LinkException {
    return server(RIGHT);
  }

  ProxyServer server(String secret) throws LinkException {
    return server(secret, port, kind.transport, "/road", kind.tls);
  }

  /** As if it were carried in another way, or listened elsewhere. */
  ProxyServer server(String secret, int port, String transport, String path, boolean tls)
      throws LinkException {
    return ProxyLinks.parse(link(secret, port, transport, path, tls));
  }

  /** Its share link. */
  public String link() {
    return link(RIGHT, port, kind.transport, "/road", kind.tls);
  }

  private String link(String secret, int port, String transport, String path, boolean tls) {
    String sni = tls ? TestCertificates.NAME : "";
    if (!kind.protocol.equals("vmess")) {
      return "%s://%s@%s:%d?security=%s&sni=%s&type=%s&path=%s&serviceName=gander"
          .formatted(
              kind.protocol, secret, place.address(), port, tls ? "tls" : "", sni, transport, path)
          .replace("security=&", "");
    }
    String json =
        """
        {"v": "2", "add": "%s", "port": %d, "id": "%s", "aid": 0, "net": "%s",
         "path": "%s", "tls": "%s", "sni": "%s", "scy": "%s"}
        """
            .formatted(
                place.address(),
                port,
                secret,
                transport,
                path,
                tls ? "tls" : "",
                sni,
                kind == Kind.VMESS_CHACHA ? "chacha20-poly1305" : "auto");
    return "vmess://" + Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    process.close();
  }
}
