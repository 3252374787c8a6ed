package dev.gander.cli;

import dev.gander.daemon.ControlClient;
import dev.gander.daemon.RuntimeFiles;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --runtime-dir}: which daemon a command means. */
final class RuntimeDirectory {

  private final Map<String, String> environment;

  @Option(
      names = "--runtime-dir",
      paramLabel = "DIR",
      description = {
        "Where the daemon's pid, progress and abort files and its control socket are. Default:"
            + " /run/gander for root, else $XDG_RUNTIME_DIR/gander or /tmp/gander-UID."
      })
  private @Nullable Path directory;

  RuntimeDirectory(Map<String, String> environment) {
    this.environment = environment;
  }

  Path path() {
    return directory != null ? directory : RuntimeFiles.defaultDirectory(environment);
  }

  ControlClient daemon() {
    return new ControlClient(path());
  }
}
