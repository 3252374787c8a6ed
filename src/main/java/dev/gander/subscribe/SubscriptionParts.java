package dev.gander.subscribe;

import dev.gander.clock.Clock;
import dev.gander.proxy.Exit;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * What subscriptions are fetched with.
 *
 * @param exit the way to their servers
 * @param names looks up their names
 * @param authorities PEM certificates to trust in place of the JDK's
 * @param directory of the configuration: relative paths count from it, and what is kept lies below
 * @param threads starts a virtual thread for each task
 */
public record SubscriptionParts(
    Exit exit,
    SubscriptionNames names,
    Optional<Path> authorities,
    Path directory,
    Clock clock,
    Executor threads) {}
