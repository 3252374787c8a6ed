package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.forward.TestCertificates;
import dev.gander.node.LinkException;
import dev.gander.node.ProxyLinks;
import dev.gander.node.ProxyServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** A proxy server that others wrote, on a free port of loopback or of another place. */
public final class ProxyPeer implements Peer {

  static final String USER = "gander";
  public static final String PASSWORD = "Qz7wXv-right";
  public static final String WRONG = "Qz7wXv-wrong";

  private static final String LOGIN = "USER:PASSWORD@";
  private static final String PLUGIN =
      "?plugin=v2ray-plugin%3Bmode%3Dwebsocket%3Bpath%3D/road%3Bhost%3D" + TestCertificates.NAME;
  private static final String LONG_KEY = "MTIzNDU2Nzg5MGFiY2RlZjEyMzQ1Njc4OTBhYmNkZWY%3D";
  private static final String USER_KEY = "dXNlcnVzZXJ1c2VydXNlcg%3D%3D";

  /** What there is. */
  public enum Kind {
    MICROSOCKS("socks5", LOGIN),
    DANTE("socks5", ""),
    DANTE_SOCKS4("socks4", ""),
    TINYPROXY("http", LOGIN),
    SQUID("http", LOGIN),
    SQUID_TLS("https", LOGIN),
    SS_AES_128_GCM("ss", "aes-128-gcm:PASSWORD@"),
    SS_AES_256_GCM("ss", "aes-256-gcm:PASSWORD@"),
    SS_CHACHA20_POLY1305("ss", "chacha20-ietf-poly1305:PASSWORD@"),
    SS_AES_256_CTR("ss", "aes-256-ctr:PASSWORD@"),
    SS_AES_256_CFB("ss", "aes-256-cfb:PASSWORD@"),
    SS_CHACHA20("ss", "chacha20-ietf:PASSWORD@"),
    SS_RC4_MD5("ss", "rc4-md5:PASSWORD@"),
    SS_OBFS_HTTP("ss", "aes-128-gcm:PASSWORD@"),
    SS_OBFS_TLS("ss", "aes-128-gcm:PASSWORD@"),
    SS2022_AES_128_GCM("ss", "2022-blake3-aes-128-gcm:MTIzNDU2Nzg5MGFiY2RlZg%3D%3D@"),
    SS2022_AES_256_GCM("ss", "2022-blake3-aes-256-gcm:" + LONG_KEY + "@"),
    SS2022_CHACHA20("ss", "2022-blake3-chacha20-poly1305:" + LONG_KEY + "@"),
    SS2022_USER("ss", "2022-blake3-aes-128-gcm:MTIzNDU2Nzg5MGFiY2RlZg%3D%3D:" + USER_KEY + "@"),
    /** A relay that knows the server by a key of its own, and the server its users. */
    SS2022_RELAY(
        "ss",
        "2022-blake3-aes-128-gcm:cmVsYXlyZWxheXJlbGF5IQ%3D%3D:MTIzNDU2Nzg5MGFiY2RlZg%3D%3D:"
            + USER_KEY
            + "@"),
    SS_PLUGIN("ss", "aes-128-gcm:PASSWORD@"),
    SS_PLUGIN_TLS("ss", "aes-128-gcm:PASSWORD@"),
    SS_PLUGIN_TLS_MUX("ss", "aes-128-gcm:PASSWORD@");

    final String scheme;
    final String login;

    Kind(String scheme, String login) {
      this.scheme = scheme;
      this.login = login;
    }
  }

  final Kind kind;
  final Path directory;
  public final int port;

  /** Where there is another server behind. */
  private final int behind;

  private final PeerPlace place;
  private final PeerProcess process;

  public ProxyPeer(Kind kind, Path parent) throws Exception {
    this(kind, parent, PeerPlace.LOOPBACK);
  }

  /** Starts it; what it needs goes below {@code parent}. */
  public ProxyPeer(Kind kind, Path parent, PeerPlace place) throws Exception {
    this.kind = kind;
    this.place = place;
    directory = Files.createTempDirectory(parent, kind.name());
    // Some give up root before they read or write it.
    Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    port = PeerProcess.freePort();
    behind = PeerProcess.freePort();
    List<String> command = command();
    process =
        kind.name().startsWith("SS_PLUGIN")
            ? PeerProcess.start(place, command, directory, behind, port)
            : PeerProcess.start(place, command, directory, port);
  }

  @Override
  public Path directory() {
    return directory;
  }

  @Override
  public ProxyServer server() throws LinkException {
    return server(PASSWORD);
  }

  ProxyServer server(String password) throws LinkException {
    return server(place.address(), password);
  }

  ProxyServer server(String host, String password) throws LinkException {
    return ProxyLinks.parse(link(host, password));
  }

  /** Its share link, with the right password. */
  public String link() {
    return link(place.address(), PASSWORD);
  }

  /** Its share link, with a wrong password. */
  public String wrongLink() {
    return link(place.address(), WRONG);
  }

  private String link(String host, String password) {
    String login = kind.login.replace("USER", USER).replace("PASSWORD", password);
    String options =
        switch (kind) {
          case SQUID_TLS -> "?sni=" + TestCertificates.NAME;
          case SS_OBFS_HTTP -> "?plugin=obfs-local%3Bobfs%3Dhttp%3Bobfs-host%3Dwww.example";
          case SS_OBFS_TLS -> "?plugin=obfs-local%3Bobfs%3Dtls%3Bobfs-host%3Dwww.example";
          case SS_PLUGIN -> PLUGIN + "%3Bmux%3D0";
          case SS_PLUGIN_TLS -> PLUGIN + "%3Btls%3Bmux%3D0";
          case SS_PLUGIN_TLS_MUX -> PLUGIN + "%3Btls";
          default -> "";
        };
    return kind.scheme + "://" + login + host + ":" + port + options;
  }

  private List<String> command() throws Exception {
    return switch (kind) {
      case MICROSOCKS ->
          List.of("microsocks", "-i", place.address(), "-p", "" + port, "-u", USER, "-P", PASSWORD);
      case DANTE, DANTE_SOCKS4 -> dante();
      case TINYPROXY -> tinyproxy();
      case SQUID, SQUID_TLS -> squid();
      case SS_AES_128_GCM,
          SS_AES_256_GCM,
          SS_CHACHA20_POLY1305,
          SS_AES_256_CTR,
          SS_AES_256_CFB,
          SS_CHACHA20,
          SS_RC4_MD5 ->
          shadowsocks();
      case SS2022_AES_128_GCM, SS2022_AES_256_GCM, SS2022_CHACHA20, SS2022_USER, SS2022_RELAY ->
          singBox();
      case SS_PLUGIN, SS_PLUGIN_TLS, SS_PLUGIN_TLS_MUX -> plugin();
      case SS_OBFS_HTTP -> obfuscated("http");
      case SS_OBFS_TLS -> obfuscated("tls");
    };
  }

  private List<String> shadowsocks() {
    String method = kind.login.substring(0, kind.login.indexOf(':'));
    return List.of(
        "ss-server", "-s", place.address(), "-p", "" + port, "-k", PASSWORD, "-m", method, "-u");
  }

  private List<String> singBox() throws IOException {
    int colon = kind.login.indexOf(':');
    String method = kind.login.substring(0, colon);
    String joined = kind.login.substring(colon + 1).replace("@", "").replace("%3D", "=");
    String[] keys = joined.split(":");
    String server =
        keys.length == 1
            ? inbound(port, method, keys[0], "")
            : inbound(
                keys.length == 2 ? port : behind,
                method,
                keys[keys.length - 2],
                ", \"users\": [{\"name\": \"other\", \"password\": \"b3RoZXJvdGhlcm90aGVyIQ==\"},"
                    + " {\"name\": \"user\", \"password\": \"%s\"}]"
                        .formatted(keys[keys.length - 1]));
    Path file = directory.resolve("config.json");
    Files.writeString(
        file,
        """
        {"log": {"level": "warn"}, "dns": {"servers": [{"type": "hosts", "tag": "hosts"}]},
         "inbounds": [%s], "outbounds": [{"type": "direct"}],
         "route": {"default_domain_resolver": "hosts"}}
        """
            .formatted(keys.length < 3 ? server : server + ", " + relay(method, keys)));
    return List.of(SingBoxPeer.PROGRAM.toString(), "run", "-c", file.toString());
  }

  private String inbound(int port, String method, String key, String more) {
    return """
    {"type": "shadowsocks", "tag": "s%1$d", "listen": "%5$s", "listen_port": %1$d,
     "method": "%2$s", "password": "%3$s"%4$s}
    """
        .formatted(port, method, key, more, place.address());
  }

  private String relay(String method, String[] keys) {
    return inbound(
        port,
        method,
        keys[0],
        """
        , "destinations": [{"name": "server", "server": "%s", "server_port": %d,
          "password": "%s"}]\
        """
            .formatted(place.address(), behind, keys[1]));
  }

  /**
   * What a server of v2ray-plugin is: v2ray with a door for WebSocket that leads to Shadowsocks.
   * Datagrams come past it.
   */
  private List<String> plugin() throws Exception {
    boolean mux = kind == Kind.SS_PLUGIN_TLS_MUX;
    TestCertificates certificates = new TestCertificates(directory);
    TestCertificates.write(
        certificates.good, directory.resolve("server.pem"), directory.resolve("server.key"));
    String tls =
        kind == Kind.SS_PLUGIN
            ? ""
            : """
            , "security": "tls", "tlsSettings": {"certificates": [
              {"certificateFile": "%1$s/server.pem", "keyFile": "%1$s/server.key"}]}\
            """
                .formatted(directory);
    Path file = directory.resolve("config.json");
    Files.writeString(
        file,
        """
        {"log": {"loglevel": "warning"},
         "inbounds": [{"listen": "%5$s", "port": %1$d, "protocol": "dokodemo-door",
           "settings": {"address": "%2$s", "port": %3$d, "network": "tcp"},
           "streamSettings": {"network": "ws", "wsSettings": {"path": "/road"}%4$s}}],
         "outbounds": [{"protocol": "freedom", "settings": {"redirect": "%5$s:%3$d"}}]}
        """
            .formatted(port, mux ? "v1.mux.cool" : place.address(), behind, tls, place.address()));
    String server = "ss-server -s " + place.address() + " -k " + PASSWORD + " -m aes-128-gcm -p ";
    return List.of(
        "sh",
        "-c",
        "%s %d & %s %d -U & exec %s"
            .formatted(server, behind, server, port, String.join(" ", V2rayPeer.v2ray(file))));
  }

  private List<String> obfuscated(String how) {
    List<String> command = new ArrayList<>(shadowsocks());
    command.addAll(List.of("--plugin", "obfs-server", "--plugin-opts", "obfs=" + how));
    return command;
  }

  private List<String> dante() throws IOException {
    Path file = directory.resolve("danted.conf");
    Files.writeString(
        file,
        """
        logoutput: stderr
        internal: %s port = %d
        external: %s
        external.rotation: route
        clientmethod: none
        socksmethod: none
        client pass { from: 0/0 to: 0/0 }
        client pass { from: ::/0 to: ::/0 }
        socks pass { from: 0/0 to: 0/0 }
        socks pass { from: ::/0 to: ::/0 }
        """
            .formatted(place.address(), port, place.device()));
    return List.of("danted", "-f", file.toString(), "-p", directory.resolve("pid").toString());
  }

  private List<String> tinyproxy() throws IOException {
    Path file = directory.resolve("tinyproxy.conf");
    Files.writeString(
        file,
        """
        Port %d
        Listen %s
        Timeout 600
        MaxClients 2000
        LogLevel Warning
        BasicAuth %s %s
        """
            .formatted(port, place.address(), USER, PASSWORD));
    return List.of("tinyproxy", "-d", "-c", file.toString());
  }

  private List<String> squid() throws Exception {
    Path file = directory.resolve("squid.conf");
    Files.writeString(directory.resolve("passwords"), USER + ":" + plain() + "\n");
    TestCertificates certificates = new TestCertificates(directory);
    TestCertificates.write(
        certificates.good, directory.resolve("server.pem"), directory.resolve("java.key"));
    // GnuTLS wants the public key beside the private one, where Java writes the private one alone.
    Process openssl =
        new ProcessBuilder("openssl", "ec", "-in", "java.key", "-out", "server.key")
            .directory(directory.toFile())
            .start();
    assertThat(openssl.waitFor()).isZero();
    String listen =
        kind == Kind.SQUID
            ? "http_port %s:%d".formatted(place.address(), port)
            : "https_port %3$s:%1$d tls-cert=%2$s/server.pem tls-key=%2$s/server.key"
                .formatted(port, directory, place.address());
    Files.writeString(
        file,
        """
        %1$s
        auth_param basic program /usr/lib/squid/basic_ncsa_auth %2$s/passwords
        auth_param basic children 1
        acl known proxy_auth REQUIRED
        http_access allow known
        http_access deny all
        cache deny all
        access_log none
        cache_log %2$s/log
        pid_filename none
        coredump_dir %2$s
        cache_effective_user proxy
        netdb_filename none
        max_filedescriptors 8192
        """
            .formatted(listen, directory));
    Files.setPosixFilePermissions(
        directory.resolve("server.key"), PosixFilePermissions.fromString("rw-r--r--"));
    return List.of("squid", "-N", "-f", file.toString());
  }

  private static String plain() throws Exception {
    Process openssl = new ProcessBuilder("openssl", "passwd", "-apr1", PASSWORD).start();
    return new String(openssl.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
  }

  @Override
  public void close() {
    process.close();
  }
}
