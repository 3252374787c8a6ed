package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir private Path temporary;

  private ControlServer serve(ControlServer.Handler handler) throws StartException {
    return ControlServer.open(RuntimeFiles.controlSocket(temporary), handler);
  }

  @Test
  void statusComesBackAsItWasSent() throws Exception {
    Map<String, Object> status = Map.of("pid", 5L, "listeners", List.of("udp 127.0.0.1:53"));
    try (ControlServer _ = serve((request, reply) -> reply.send(status))) {
      assertThat(new ControlClient(temporary).status(PATIENCE)).isEqualTo(status);
    }
  }

  @Test
  void aReloadTellsEachStepAndItsOutcome() throws Exception {
    List<Map<String, Object>> requests = new ArrayList<>();
    try (ControlServer _ =
        serve((request, reply) -> {
          requests.add(request);
          reply.send(Map.of("progress", "PROCESSING"));
          reply.send(Map.of("progress", "ERROR", "text", "a.dae:1:1: error: x\nand more"));
        })) {
      List<Progress> steps = new ArrayList<>();
      Progress outcome = new ControlClient(temporary).reload(true, PATIENCE, steps::add);
      assertThat(requests).containsExactly(Map.of("command", "reload", "abort", true));
      assertThat(steps)
          .extracting(Progress::code)
          .containsExactly(Progress.Code.PROCESSING, Progress.Code.ERROR);
      assertThat(outcome.text()).isEqualTo("a.dae:1:1: error: x\nand more");
    }
  }

  @Test
  void aDaemonThatEndsOverAReloadIsNotSaidToGoOn() throws Exception {
    try (ControlServer _ =
        serve((request, reply) -> reply.send(Map.of("progress", "PROCESSING", "text", "reload")))) {
      assertThatThrownBy(() -> new ControlClient(temporary).reload(false, PATIENCE, step -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("ended before it was done");
    }
  }

  @Test
  void onlyTheOwnerMayTalkToTheDaemon() throws Exception {
    try (ControlServer _ = serve((request, reply) -> {})) {
      assertThat(Files.getPosixFilePermissions(RuntimeFiles.controlSocket(temporary)))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
  }

  @Test
  void noDaemonIsSaidPlainly() {
    assertThatThrownBy(() -> new ControlClient(temporary).status(PATIENCE))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("no gander runs")
        .hasMessageContaining(temporary.toString());
  }

  @Test
  void aDeadDaemonsSocketIsSaidPlainly() throws Exception {
    serve((request, reply) -> {}).close();
    assertThatThrownBy(() -> new ControlClient(temporary).status(PATIENCE))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("has died");
  }

  @Test
  void aDaemonThatHangsIsNotWaitedForLongerThanAsked() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (ControlServer _ =
        serve((request, reply) -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        })) {
      assertThatThrownBy(() -> new ControlClient(temporary).status(Duration.ofMillis(50)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("did not finish");
    } finally {
      never.countDown();
    }
  }

  @Test
  void nonsenseGetsAnErrorAndTheNextClientIsServed() throws Exception {
    try (ControlServer _ = serve((request, reply) -> reply.send(Map.of("ok", true)))) {
      for (String nonsense : List.of("status\n", "{\n", "x".repeat(100_000))) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
          channel.connect(UnixDomainSocketAddress.of(RuntimeFiles.controlSocket(temporary)));
          channel.write(ByteBuffer.wrap(nonsense.getBytes(StandardCharsets.UTF_8)));
          ByteBuffer answer = ByteBuffer.allocate(512);
          channel.read(answer);
          assertThat(new String(answer.array(), StandardCharsets.UTF_8)).startsWith("{\"error\":");
        }
      }
      assertThat(new ControlClient(temporary).status(PATIENCE)).containsEntry("ok", true);
    }
  }

  @Test
  void aDirectoryTooDeepForASocketIsNamedWithTheRemedy() throws Exception {
    Path deep = Files.createDirectories(temporary.resolve("d".repeat(120)));
    assertThatThrownBy(() -> ControlServer.open(RuntimeFiles.controlSocket(deep), (q, r) -> {}))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("--runtime-dir");
  }
}
