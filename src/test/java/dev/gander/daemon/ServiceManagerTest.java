package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Clock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceManagerTest {

  /** The JDK cannot receive unix datagrams; python3 can, and prints what came, one per line. */
  private static final String RECEIVER =
      """
      import socket, sys
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      name = sys.argv[1]
      s.bind('\\0' + name[1:] if name.startswith('@') else name)
      print('bound', flush=True)
      for _ in range(3):
          print(s.recv(4096).decode().replace('\\n', ' | '), flush=True)
      """;

  @TempDir private Path temporary;

  @Test
  void systemdIsToldThroughAPath() throws Exception {
    tellsThrough(temporary.resolve("notify").toString());
  }

  @Test
  void systemdIsToldThroughAnAbstractName() throws Exception {
    tellsThrough("@gander-test-" + ProcessHandle.current().pid());
  }

  private static void tellsThrough(String address) throws Exception {
    Process receiver = new ProcessBuilder("python3", "-c", RECEIVER, address).start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(receiver.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("bound");
      ServiceManager manager = new ServiceManager(Map.of("NOTIFY_SOCKET", address), Clock.system());
      manager.ready("generation 1");
      manager.reloading();
      manager.stopping();
      assertThat(lines.readLine()).isEqualTo("READY=1 | STATUS=generation 1");
      assertThat(lines.readLine()).matches("RELOADING=1 \\| MONOTONIC_USEC=\\d+");
      assertThat(lines.readLine()).isEqualTo("STOPPING=1");
    } finally {
      receiver.destroyForcibly();
    }
  }

  @Test
  void withoutASocketNothingIsSaid() {
    new ServiceManager(Map.of(), Clock.system()).ready("x");
  }

  @Test
  void aSocketNobodyListensOnIsNoReasonToFail() throws IOException {
    new ServiceManager(
            Map.of("NOTIFY_SOCKET", temporary.resolve("nobody").toString()), Clock.system())
        .ready("x");
  }
}
