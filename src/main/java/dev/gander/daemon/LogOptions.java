package dev.gander.daemon;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the log goes and how its lines look.
 *
 * @param file standard error where absent
 * @param maxBytes size at which the file is put aside; from 1
 * @param maxBackups files put aside and kept, {@code FILE.1} the newest; 0 keeps none
 * @param timestamps whether each line begins with its time
 * @param journal lines begin with journald's {@code <N>} priority and carry no time of their own
 */
public record LogOptions(
    Optional<Path> file, long maxBytes, int maxBackups, boolean timestamps, boolean journal) {}
