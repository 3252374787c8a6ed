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

/** A real unbound(8) on a free port of loopback, both families, with zones of its own. */
final class Unbound implements AutoCloseable {

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
    process =
        PeerProcess.start(
            List.of("/usr/sbin/unbound", "-d", "-c", config.toString()), directory, port);
    Eventually.holds(this::answers);
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
