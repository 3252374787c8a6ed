package dev.gander.controller;

import dev.gander.cache.CacheKey;
import dev.gander.message.Answer;
import dev.gander.route.RequestRoute;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What would become of a query: told, not done.
 *
 * @param local an answer without rules (hosts) or before an upstream (special names)
 * @param key what the answer is kept under; null where it is kept nowhere
 * @param kept what is kept there now and not stale
 */
public record Preview(
    @Nullable Answer local, RequestRoute route, @Nullable CacheKey key, Optional<Answer> kept) {}
