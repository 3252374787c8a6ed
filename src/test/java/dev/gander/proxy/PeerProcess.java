package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program that others wrote, listening on a port. */
final class PeerProcess implements AutoCloseable {

  private final Process process;

  private PeerProcess(Process process) {
    this.process = process;
  }

  /** A port of loopback that nobody has. */
  static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return free.getLocalPort();
    }
  }

  /** As {@link #start(PeerPlace, List, Path, int)}, on loopback. */
  static PeerProcess start(List<String> command, Path directory, int port) throws Exception {
    return start(PeerPlace.LOOPBACK, command, directory, port);
  }

  /** Runs it in {@code directory}, where its output goes too, and returns when it listens. */
  static PeerProcess start(PeerPlace place, List<String> command, Path directory, int port)
      throws Exception {
    Path output = directory.resolve("out");
    Process started =
        new ProcessBuilder(Stream.concat(place.before().stream(), command.stream()).toList())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    while (!listens(place, port)) {
      assertThat(started.isAlive()).as(command + ": " + Files.readString(output)).isTrue();
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return new PeerProcess(started);
  }

  private static boolean listens(PeerPlace place, int port) throws IOException {
    if (!place.before().isEmpty()) {
      List<String> command = new ArrayList<>(place.before());
      command.addAll(List.of("ss", "-Hltn", "src", place.address() + ":" + port));
      Process asked = new ProcessBuilder(command).start();
      return asked.getInputStream().readAllBytes().length > 0;
    }
    try (Socket _ = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** As kill -9 does, its children too. */
  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly().onExit().join();
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
