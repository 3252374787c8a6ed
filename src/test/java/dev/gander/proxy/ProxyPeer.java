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

/** A proxy server that others wrote, on a free port of loopback. */
final class ProxyPeer implements AutoCloseable {

  static final String USER = "gander";
  static final String PASSWORD = "Qz7wXv-right";
  static final String WRONG = "Qz7wXv-wrong";

  private static final String LOGIN = "USER:PASSWORD@";

  /** What there is. */
  enum Kind {
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
    SS2022_AES_256_GCM(
        "ss", "2022-blake3-aes-256-gcm:MTIzNDU2Nzg5MGFiY2RlZjEyMzQ1Njc4OTBhYmNkZWY%3D@");

    final String scheme;
    final String login;

    Kind(String scheme, String login) {
      this.scheme = scheme;
      this.login = login;
    }
  }

  /** shadowsocks-rust is no Debian package: docs/TESTING.md says how it is had. */
  static final Path RUST = Path.of("target/peers/bin/ssserver").toAbsolutePath();

  final Kind kind;
  final Path directory;
  final int port;
  private final PeerProcess process;

  ProxyPeer(Kind kind, Path parent) throws Exception {
    this.kind = kind;
    directory = Files.createTempDirectory(parent, kind.name());
    // Some give up root before they read or write it.
    Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    port = PeerProcess.freePort();
    process = PeerProcess.start(command(), directory, port);
  }

  /** As its share link says. */
  ProxyServer server() throws LinkException {
    return server(PASSWORD);
  }

  ProxyServer server(String password) throws LinkException {
    return server("127.0.0.1", password);
  }

  ProxyServer server(String host, String password) throws LinkException {
    String login = kind.login.replace("USER", USER).replace("PASSWORD", password);
    String options =
        switch (kind) {
          case SQUID_TLS -> "?sni=" + TestCertificates.NAME;
          case SS_OBFS_HTTP -> "?plugin=obfs-local%3Bobfs%3Dhttp%3Bobfs-host%3Dwww.example";
          case SS_OBFS_TLS -> "?plugin=obfs-local%3Bobfs%3Dtls%3Bobfs-host%3Dwww.example";
          default -> "";
        };
    return ProxyLinks.parse(kind.scheme + "://" + login + host + ":" + port + options);
  }

  private List<String> command() throws Exception {
    return switch (kind) {
      case MICROSOCKS ->
          List.of("microsocks", "-i", "127.0.0.1", "-p", "" + port, "-u", USER, "-P", PASSWORD);
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
      case SS2022_AES_128_GCM, SS2022_AES_256_GCM -> shadowsocksRust();
      case SS_OBFS_HTTP -> obfuscated("http");
      case SS_OBFS_TLS -> obfuscated("tls");
    };
  }

  private List<String> shadowsocks() {
    String method = kind.login.substring(0, kind.login.indexOf(':'));
    return List.of(
        "ss-server", "-s", "127.0.0.1", "-p", "" + port, "-k", PASSWORD, "-m", method, "-u");
  }

  private List<String> shadowsocksRust() {
    int colon = kind.login.indexOf(':');
    String method = kind.login.substring(0, colon);
    String key = kind.login.substring(colon + 1).replace("@", "").replace("%3D", "=");
    return List.of(RUST.toString(), "-s", "127.0.0.1:" + port, "-m", method, "-k", key, "-U");
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
        internal: 127.0.0.1 port = %d
        external: lo
        external.rotation: route
        clientmethod: none
        socksmethod: none
        client pass { from: 0/0 to: 0/0 }
        client pass { from: ::/0 to: ::/0 }
        socks pass { from: 0/0 to: 0/0 }
        socks pass { from: ::/0 to: ::/0 }
        """
            .formatted(port));
    return List.of("danted", "-f", file.toString(), "-p", directory.resolve("pid").toString());
  }

  private List<String> tinyproxy() throws IOException {
    Path file = directory.resolve("tinyproxy.conf");
    Files.writeString(
        file,
        """
        Port %d
        Listen 127.0.0.1
        Timeout 600
        MaxClients 2000
        LogLevel Warning
        BasicAuth %s %s
        """
            .formatted(port, USER, PASSWORD));
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
            ? "http_port 127.0.0.1:" + port
            : "https_port 127.0.0.1:%1$d tls-cert=%2$s/server.pem tls-key=%2$s/server.key"
                .formatted(port, directory);
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

  /** As kill -9 does, its children too. */
  @Override
  public void close() {
    process.close();
  }
}
