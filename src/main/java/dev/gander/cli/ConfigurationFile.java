package dev.gander.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code -c FILE}: which configuration a command means. */
final class ConfigurationFile {

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The configuration, in dae's language.")
  private @Nullable Path file;

  /** Empty if none is given. */
  Optional<Path> path() {
    return Optional.ofNullable(file);
  }
}
