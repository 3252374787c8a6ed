package dev.gander.forward;

import dev.gander.clock.Eventually;
import dev.gander.proxy.PeerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** A real unbound(8) on a free port of loopback, both families, with zones of its own. */
public final class Unbound implements AutoCloseable {

  private final PeerProcess process;
  private final int port;

  /** Starts it in {@code directory} and returns when it answers. */
  Unbound(Path directory, List<String> localData) throws Exception {
    port = PeerProcess.freePort();
    Path config = directory.resolve("unbound.conf");
    StringBuilder text = new StringBuilder();
    text.append(
        """
        server:
          interface: 127.0.0.1@%1$d
          interface: ::1@%1$d
          do-daemonize: no
          username: ""
          chroot: ""
          directory: "%2$s"
          pidfile: ""
          use-syslog: no
          logfile: "%2$s/log"
          num-threads: 1
          so-rcvbuf: 4m
          edns-buffer-size: 4096
          max-udp-size: 4096
          access-control: 127.0.0.0/8 allow
          access-control: ::1 allow
          local-zone: "." static
          local-data: "ready.test. 60 A 192.0.2.1"
        """
            .formatted(port, directory));
    for (String record : localData) {
      text.append("  local-data: '").append(record).append("'\n");
    }
    Files.writeString(config, text + "remote-control:\n  control-enable: no\n");
    process = run(config, directory, port);
    Eventually.holds(this::answers);
  }

  /**
   * Starts another, which knows the name {@code test} and all below it, with the certificate in
   * {@code server.pem} and {@code server.key} of {@code directory}; returns when it listens.
   *
   * @param plain port for UDP and TCP
   */
  public static PeerProcess encrypted(Path directory, int plain, int tls, int https)
      throws Exception {
    return encrypted(directory, plain, tls, https, List.of());
  }

  /**
   * @param more records beside those
   */
  static PeerProcess encrypted(Path directory, int plain, int tls, int https, List<String> more)
      throws Exception {
    String records =
        more.stream().map(it -> "  local-data: '" + it + "'\n").collect(Collectors.joining());
    Path config = directory.resolve("unbound.conf");
    Files.writeString(
        config,
        """
        server:
          interface: 127.0.0.1@%1$d
          interface: 127.0.0.1@%2$d
          interface: 127.0.0.1@%3$d
          tls-port: %2$d
          https-port: %3$d
          tls-service-key: "%4$s/server.key"
          tls-service-pem: "%4$s/server.pem"
          do-daemonize: no
          username: ""
          chroot: ""
          directory: "%4$s"
          pidfile: ""
          use-syslog: no
          logfile: "%4$s/log"
          num-threads: 1
          incoming-num-tcp: 100
          access-control: 127.0.0.0/8 allow
          local-zone: "test." redirect
          local-data: "test. 300 A 192.0.2.80"
        %5$s
        remote-control:
          control-enable: no
        """
            .formatted(plain, tls, https, directory, records));
    return run(config, directory, plain, tls, https);
  }

  private static PeerProcess run(Path config, Path directory, int... ports) throws Exception {
    return PeerProcess.start(
        List.of("/usr/sbin/unbound", "-d", "-c", config.toString()), directory, ports);
  }

  private boolean answers() throws IOException, InterruptedException {
    Process dig =
        new ProcessBuilder(
                "dig", "+time=1", "+tries=1", "+short", "-p", "" + port, "@::1", "ready.test")
            .start();
    String answer = new String(dig.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return dig.waitFor() == 0 && answer.contains("192.0.2.1");
  }

  InetSocketAddress ipv4() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.close();
  }
}
