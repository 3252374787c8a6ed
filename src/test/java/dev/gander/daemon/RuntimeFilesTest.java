package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeFilesTest {

  @TempDir private Path temporary;

  @Test
  void thePidFileHoldsThePid() throws Exception {
    try (RuntimeFiles files = RuntimeFiles.claim(temporary)) {
      files.writePid();
      assertThat(temporary.resolve("gander.pid"))
          .hasContent(String.valueOf(ProcessHandle.current().pid()));
      assertThat(RuntimeFiles.pidOf(temporary)).contains(ProcessHandle.current().pid());
    }
  }

  @Test
  void theProgressFileIsOneCodeByteANewlineAndText() throws Exception {
    try (RuntimeFiles files = RuntimeFiles.claim(temporary)) {
      assertThat(RuntimeFiles.readProgress(temporary)).isEmpty();
      List<Progress.Code> codes = List.of(Progress.Code.values());
      for (int i = 0; i < codes.size(); i++) {
        files.writeProgress(new Progress(codes.get(i), "some\ntext"));
        assertThat(temporary.resolve("gander.progress")).hasContent(i + "\nsome\ntext");
        assertThat(RuntimeFiles.readProgress(temporary))
            .isEqualTo(Optional.of(new Progress(codes.get(i), "some\ntext")));
      }
    }
  }

  @Test
  void theAbortFileCountsOnce() throws Exception {
    try (RuntimeFiles files = RuntimeFiles.claim(temporary)) {
      assertThat(files.takeAbort()).isFalse();
      Files.createFile(temporary.resolve("gander.abort"));
      assertThat(files.takeAbort()).isTrue();
      assertThat(files.takeAbort()).isFalse();
    }
  }

  @Test
  void whatAKilledDaemonLeftIsRemoved() throws Exception {
    for (String name : List.of("pid", "progress", "abort", "sock", "lock")) {
      Files.writeString(temporary.resolve("gander." + name), "99999999\n");
    }
    try (RuntimeFiles files = RuntimeFiles.claim(temporary)) {
      assertThat(names()).containsExactly("gander.lock");
      assertThat(files.takeAbort()).isFalse();
    }
  }

  @Test
  void aSecondDaemonIsTurnedAwayWithThePidOfTheFirst() throws Exception {
    try (RuntimeFiles files = RuntimeFiles.claim(temporary)) {
      files.writePid();
      assertThatThrownBy(() -> RuntimeFiles.claim(temporary))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("pid " + ProcessHandle.current().pid())
          .hasMessageContaining("--runtime-dir");
      assertThat(temporary.resolve("gander.pid")).exists();
    }
    RuntimeFiles.claim(temporary).close();
  }

  @Test
  void nothingIsLeftAfterTheEndNotEvenTheDirectoryItMade() throws Exception {
    RuntimeFiles given = RuntimeFiles.claim(temporary);
    given.writePid();
    given.writeProgress(new Progress(Progress.Code.DONE, ""));
    given.close();
    assertThat(names()).isEmpty();

    Path made = temporary.resolve("a/b");
    RuntimeFiles.claim(made).close();
    assertThat(made).doesNotExist();
  }

  @Test
  void aDirectoryThatIsALinkIsRefused() throws Exception {
    Path link = Files.createSymbolicLink(temporary.resolve("link"), temporary);
    assertThatThrownBy(() -> RuntimeFiles.claim(link))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("symbolic link");
  }

  @Test
  void aPlaceThatCannotBeWrittenIsNamedWithTheRemedy() throws Exception {
    Path file = Files.createFile(temporary.resolve("file"));
    assertThatThrownBy(() -> RuntimeFiles.claim(file.resolve("run")))
        .isInstanceOf(StartException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("--runtime-dir");
  }

  @Test
  void aDirectoryOfOneUserIsClosedToOthers() throws Exception {
    Path made = temporary.resolve("run");
    try (RuntimeFiles files = RuntimeFiles.claim(made)) {
      String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(files.directory()));
      assertThat(mode).isIn("rwx------", "rwxr-xr-x");
      assertThat(mode.charAt(4)).as("only root's may be read by others").isIn('-', 'x');
    }
  }

  @Test
  void theDefaultDirectoryDependsOnWhoRuns() {
    Path directory = RuntimeFiles.defaultDirectory(Map.of("XDG_RUNTIME_DIR", "/run/user/7"));
    int uid = RuntimeFiles.uid();
    assertThat(directory).isEqualTo(Path.of(uid == 0 ? "/run/gander" : "/run/user/7/gander"));
    if (uid != 0) {
      assertThat(RuntimeFiles.defaultDirectory(Map.of())).isEqualTo(Path.of("/tmp/gander-" + uid));
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> entries = Files.list(temporary)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }
}
