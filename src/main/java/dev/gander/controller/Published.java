package dev.gander.controller;

import dev.gander.cache.AnswerCache;
import dev.gander.cache.AnswerSink;
import dev.gander.cache.CacheKey;
import dev.gander.cache.Lookup;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Query;
import dev.gander.message.Request;
import dev.gander.route.DnsRouter;
import org.jspecify.annotations.Nullable;

/**
 * What clients were told and others may be told without us: says it to the sink, the kernel's
 * answers as a rule, and says which answers are for the one client alone. Any thread; allocates
 * nothing for an answer from the cache.
 */
final class Published {

  private final AnswerSink sink;
  private final AnswerCache cache;
  private final DnsRouter router;
  private final @Nullable Preference preference;
  private final @Nullable Subnets subnets;

  Published(ControllerParts parts, @Nullable Preference preference, @Nullable Subnets subnets) {
    sink = parts.sink();
    cache = parts.cache();
    router = parts.router();
    this.preference = preference;
    this.subnets = subnets;
  }

  /** An answer that no cache has: of hosts, or a rejection. */
  void settled(Request query, Client client, Answer answer) {
    if (client.intercepted()) {
      sink.settled(query, client, answer);
    }
  }

  /** An answer of the cache. */
  void found(Request query, Client client, CacheKey key, Lookup look) {
    if (isAlike(query, client, key, look)) {
      sink.answered(
          query,
          client,
          key,
          look.kept(),
          look.storedNanos(),
          look.endNanos(),
          look.staleEndNanos());
    } else if (!look.isFailure()) {
      sink.told(query, client, look.kept(), look.endNanos());
    }
  }

  /** An answer of an upstream, which is in the cache by now if it may be. */
  void landed(Query query, CacheKey key) {
    Client client = query.client();
    if (sink.equals(AnswerSink.NONE) || !(client.intercepted() || sink.isLearning())) {
      return;
    }
    Lookup look = new Lookup();
    boolean there = cache.look(key, look) == Lookup.Outcome.FRESH && !look.isFailure();
    if (there && !isAlike(query, client, key, look)) {
      sink.told(query, client, look.kept(), look.endNanos());
    } else if (there) {
      sink.landed(
          query,
          client,
          key,
          look.kept(),
          look.storedNanos(),
          look.endNanos(),
          look.staleEndNanos());
    }
  }

  /**
   * Whether the next who asks the same gets the same. What gives way to another question's answer
   * cannot be told for one question alone, and what nobody was told the subnet for not for all. Nor
   * what came by another exit than others' would, where classes of clients do not tell these.
   */
  private boolean isAlike(Request query, Client client, CacheKey key, Lookup look) {
    return client.intercepted()
        && !look.isFailure()
        && (!key.hasExit() || router.classesTellExits())
        && (preference == null || preference.over(query, key.policy()) == 0)
        && (subnets == null || subnets.isForAll(key, look.kept()));
  }
}
