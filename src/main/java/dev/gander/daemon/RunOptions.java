package dev.gander.daemon;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How to run, as the command line says it.
 *
 * @param configuration the built-in default where absent
 * @param runtimeDirectory see {@link RuntimeFiles}
 * @param stateDirectory what is kept over restarts; nothing is where absent
 * @param pidFile whether to write one
 * @param environment for {@code $NOTIFY_SOCKET} and where to look for geodata
 */
public record RunOptions(
    Optional<Path> configuration,
    Path runtimeDirectory,
    Optional<Path> stateDirectory,
    boolean pidFile,
    LogOptions log,
    Map<String, String> environment) {}
