package dev.gander.group;

import dev.gander.clock.Clock;
import dev.gander.observe.Counters;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * What groups are built from.
 *
 * @param authorities PEM certificates that servers of checks are trusted by, in place of the JDK's
 * @param threads starts a virtual thread for each task
 * @param random may be asked by many threads at once
 */
public record GroupParts(
    NodeExits exits,
    Optional<Path> authorities,
    Clock clock,
    Executor threads,
    RandomGenerator random,
    Counters counters) {}
