package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** A program that others wrote, listening on a port of loopback. */
public final class PeerProcess implements AutoCloseable {

  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  /**
   * Below those that the kernel gives to who asks for any, 32768 and on: nobody is given one of
   * these before the program has it, and no connection to where nobody listens yet meets itself.
   */
  private static final int FIRST_PORT = 10_000;

  private static final int PORTS = 22_000;

  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(PORTS));

  private final Process process;

  private PeerProcess(Process process) {
    this.process = process;
  }

  /** A port of loopback that nobody has, by TCP or UDP; another each time. */
  public static int freePort() throws IOException {
    while (true) {
      int port = FIRST_PORT + Math.floorMod(NEXT.getAndIncrement(), PORTS);
      try (ServerSocket _ = new ServerSocket(port, 1, LOOPBACK);
          DatagramSocket _ = new DatagramSocket(port, LOOPBACK)) {
        return port;
      } catch (BindException e) {
        // Somebody has it.
      }
    }
  }

  /** Runs it in {@code directory}, where its output goes too, and returns when it listens. */
  public static PeerProcess start(List<String> command, Path directory, int... ports)
      throws Exception {
    Path output = directory.resolve("out");
    Process started =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .start();
    for (int port : ports) {
      Eventually.holds(() -> {
        assertThat(started.isAlive()).as(command + ": " + Files.readString(output)).isTrue();
        return listens(port);
      });
    }
    return new PeerProcess(started);
  }

  /**
   * Whether somebody listens there, by the kernel's tables: a connection to see it would be one
   * more to the program. Its state is the fourth word, 0A.
   */
  public static boolean listens(int port) throws IOException {
    Pattern listener = Pattern.compile(":%04X [0-9A-F]+:0000 0A ".formatted(port));
    return listener.matcher(Files.readString(Path.of("/proc/net/tcp"))).find()
        || listener.matcher(Files.readString(Path.of("/proc/net/tcp6"))).find();
  }

  /** As kill -9 does, its children too. */
  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly().onExit().join();
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
