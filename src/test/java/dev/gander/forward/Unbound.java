package dev.gander.forward;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real unbound(8) on a free port of loopback, both families, with zones of its own. */
final class Unbound implements AutoCloseable {

  private final Process process;
  private final int port;

  /** Starts it in {@code directory} and returns when it answers. */
  Unbound(Path directory, List<String> localData) throws IOException, InterruptedException {
    port = freePort();
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
        new ProcessBuilder("/usr/sbin/unbound", "-d", "-c", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    awaitAnswer(directory);
  }

  /** Free for both transports and families, as unbound takes it for all of them. */
  private static int freePort() throws IOException {
    InetAddress four = InetAddress.ofLiteral("127.0.0.1");
    InetAddress six = InetAddress.ofLiteral("::1");
    IOException taken = new IOException("no port is free");
    for (int i = 0; i < 50; i++) {
      try (DatagramSocket first = new DatagramSocket(0, four);
          DatagramSocket _ = new DatagramSocket(first.getLocalPort(), six);
          ServerSocket _ = new ServerSocket(first.getLocalPort(), 1, four);
          ServerSocket _ = new ServerSocket(first.getLocalPort(), 1, six)) {
        return first.getLocalPort();
      } catch (IOException e) {
        taken = e;
      }
    }
    throw taken;
  }

  private void awaitAnswer(Path directory) throws IOException, InterruptedException {
    for (int i = 0; i < 50 && process.isAlive(); i++) {
      Process dig =
          new ProcessBuilder(
                  "dig", "+time=1", "+tries=1", "+short", "-p", "" + port, "@::1", "ready.test")
              .start();
      String answer = new String(dig.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (dig.waitFor() == 0 && answer.contains("192.0.2.1")) {
        return;
      }
    }
    close();
    throw new IOException("unbound: " + Files.readString(directory.resolve("output")));
  }

  InetSocketAddress ipv4() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
