package dev.gander.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.gander.cache.Entry.Origin;
import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings;
import dev.gander.message.Answer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers by key: as long as they hold, with TTLs that count down; then, if the configuration
 * allows it, stale (RFC 8767). Bounded by bytes of heap and, if the configuration says so, by
 * entries; what goes first when it is full, Caffeine's W-TinyLFU decides. Any thread; no call
 * blocks for longer than a map operation.
 */
public final class AnswerCache {

  /** How long a server's first failure is kept; each further one doubles it (RFC 9520 § 3.2). */
  static final Duration SERVER_FAILURE = Duration.ofSeconds(5);

  /** What doubling ends at; RFC 9520 allows five minutes. */
  static final Duration MAX_SERVER_FAILURE = Duration.ofSeconds(60);

  /** The same where no server could be reached: a path that heals is found soon. */
  static final Duration REACH_FAILURE = Duration.ofSeconds(1);

  static final Duration MAX_REACH_FAILURE = Duration.ofSeconds(8);

  /** How long an answer is kept after its end, for when no server answers (RFC 8767 § 5). */
  static final Duration LAST_RESORT = Duration.ofDays(1);

  /** How long after a failed refresh the next one may start (RFC 8767 § 5). */
  static final Duration RECHECK = Duration.ofSeconds(30);

  private static final long FOREVER_NANOS = Long.MAX_VALUE / 4;

  /** Caffeine's node, its table slot, and our entry. */
  private static final int ENTRY_OVERHEAD = 208;

  /** Longer ones may point where no pointer to a longer name's message reaches. */
  private static final int MAX_CUT_BYTES = 8192;

  /** More looks than this teach the replacement policy nothing: its counters end at 15. */
  private static final int MAX_CREDITED_LOOKS = 8;

  private final Clock clock;
  private final AnswerSink sink;
  private final TtlRules ttlRules;
  private final long staleNanos;
  private final long resortNanos;
  private final Cache<CacheKey, Entry> entries;

  /** An empty cache with the bounds of {@code settings}. */
  public AnswerCache(DnsSettings settings, Clock clock) {
    this(settings, clock, AnswerSink.NONE);
  }

  /** An empty cache with the bounds of {@code settings}; {@code sink} hears what comes and goes. */
  public AnswerCache(DnsSettings settings, Clock clock, AnswerSink sink) {
    this.clock = clock;
    this.sink = sink;
    ttlRules = new TtlRules(settings);
    staleNanos = staleNanos(settings);
    resortNanos = staleNanos == 0 ? 0 : Math.max(staleNanos, LAST_RESORT.toNanos());
    long bytes = settings.cacheSizeBytes();
    // An entry weighs at least its share, so that max_cache_size of them fill the cache.
    long share = settings.maxCacheSize() > 0 ? bytes / settings.maxCacheSize() : 0;
    entries =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher((CacheKey key, Entry entry) -> weight(key, entry, share))
            .expireAfter(Expiry.writing((CacheKey key, Entry entry) -> lifetime(entry)))
            .evictionListener(this::evicted)
            .ticker(clock::nanoTime)
            // Upkeep is a few list moves: cheaper where it falls due than on another thread.
            .executor(Runnable::run)
            .build();
  }

  private static long staleNanos(DnsSettings settings) {
    if (!settings.optimisticCache()) {
      return 0;
    }
    Duration window = settings.optimisticCacheTtl();
    return window.isZero() ? FOREVER_NANOS : window.toNanos();
  }

  /**
   * Looks under {@code probe}, and if that is for one client subnet also for what the server said
   * to be for all; counts as a hit of what is found. Allocates nothing.
   */
  public Lookup.Outcome look(CacheKey probe, Lookup into) {
    long now = clock.nanoTime();
    Lookup.Outcome outcome = into.at(entries.getIfPresent(probe), now);
    if (outcome == Lookup.Outcome.MISSING && probe.hasSubnet()) {
      Entry shared = entries.getIfPresent(into.climber(probe).forEverybody());
      if (shared != null && shared.answer().scope() == 0) {
        return into.at(shared, now);
      }
    }
    return outcome;
  }

  /**
   * Looks whether a server has said that the probe's name, or one above it, does not exist: then
   * neither does any type of it, nor what lies below (RFC 2308 § 5, RFC 8020). Allocates nothing.
   *
   * @return FRESH or MISSING
   */
  public Lookup.Outcome lookAbove(CacheKey probe, Lookup into) {
    CacheKey climber = into.climber(probe).forEverybody();
    long now = clock.nanoTime();
    while (climber.climb()) {
      Entry cut = entries.getIfPresent(climber);
      if (cut != null && cut.freshAt(now)) {
        Lookup.Outcome outcome = into.at(cut, now);
        into.foundAbove(climber.bytesClimbed());
        return outcome;
      }
    }
    return into.at(null, now);
  }

  /** The answer under {@code key} as it is now, TTLs counted down, if there is one that holds. */
  public Optional<Answer> find(CacheKey key) {
    Lookup look = new Lookup();
    return look(key, look) == Lookup.Outcome.FRESH ? Optional.of(look.answer()) : Optional.empty();
  }

  /**
   * Keeps what a server said for as long as it holds: its TTL within the configured bounds. Never
   * keeps a truncated answer, nor one that holds for no time.
   *
   * @return the answer with its TTLs as clients are to see them, kept or not
   */
  public Answer keep(CacheKey key, Answer answer) {
    if (answer.truncated() || answer.kind() == Answer.Kind.FAILURE) {
      return answer;
    }
    Answer bounded = ttlRules.apply(key.name(), answer);
    if (bounded.ttl() > 0) {
      long now = clock.nanoTime();
      CacheKey all = key.hasSubnet() && answer.scope() == 0 ? key.copy().forEverybody() : key;
      put(all, bounded.withoutAuthority(), now, now + nanos(bounded.ttl()));
    }
    return bounded;
  }

  private void put(CacheKey key, Answer answer, long stored, long end) {
    Entry entry = entry(answer, Origin.SERVER, stored, end);
    entries.put(key, entry);
    if (answer.kind() == Answer.Kind.NXDOMAIN) {
      putCut(key, answer, stored, end);
    } else {
      entries.invalidate(key.cut());
    }
    sink.replaced(key, answer, stored, end, entry.staleEndNanos());
  }

  /** With an alias in the answer it is the alias's target that does not exist. */
  private void putCut(CacheKey key, Answer answer, long stored, long end) {
    boolean holds = answer.kind() == Answer.Kind.NXDOMAIN && answer.answerCount() == 0;
    if (holds && !key.isRoot() && !key.hasSubnet() && answer.heapBytes() < MAX_CUT_BYTES) {
      entries.put(key.cut(), entry(answer, Origin.CUT, stored, end));
    }
  }

  private Entry entry(Answer answer, Origin origin, long stored, long end) {
    boolean ends = origin != Origin.SERVER;
    long staleEnd = ends ? end : end + staleNanos;
    return new Entry(answer, origin, stored, end, staleEnd, ends ? end : end + resortNanos, 0);
  }

  /** Keeps what clients get where a response rule has rejected a server's answer. */
  public void keepRejection(CacheKey key, Answer answer) {
    long now = clock.nanoTime();
    long end = now + Math.max(nanos(answer.ttl()), SERVER_FAILURE.toNanos());
    entries.put(key, entry(answer, Origin.RULE, now, end));
    sink.replaced(key, answer, now, end, end);
  }

  /**
   * Keeps for a while that a server could not or would not say, unless something better is there;
   * then that is not refreshed for a while.
   *
   * @return what to give instead: what was there, stale if it has ended
   */
  public Optional<Answer> keepFailure(CacheKey key, Answer failure) {
    return keepFailure(key, failure, SERVER_FAILURE, MAX_SERVER_FAILURE);
  }

  /** {@link #keepFailure} for the failure to reach any server: kept for a shorter time. */
  public Optional<Answer> keepUnreachable(CacheKey key, Answer failure) {
    return keepFailure(key, failure, REACH_FAILURE, MAX_REACH_FAILURE);
  }

  private Optional<Answer> keepFailure(
      CacheKey key, Answer failure, Duration first, Duration longest) {
    long now = clock.nanoTime();
    Entry there = entries.getIfPresent(key);
    if (there != null && !there.isFailure() && there.keptAt(now)) {
      there.refreshFailed(now, RECHECK.toNanos());
      Lookup look = new Lookup();
      look.at(there, now);
      return Optional.of(look.answer());
    }
    if (!failure.truncated()) {
      int before = there == null ? 0 : there.failures();
      long lifetime = Math.min(first.toNanos() << Math.min(before, 16), longest.toNanos());
      long end = now + lifetime;
      // Kept on without being given, so that the next failure in a row is known to be one.
      long gone = end + 2 * lifetime;
      entries.put(key, new Entry(failure, Origin.SERVER, now, end, end, gone, before + 1));
    }
    return Optional.empty();
  }

  /**
   * Counts answers that were given elsewhere from a copy of this entry: it stays recent, and
   * popular enough for prefetch.
   */
  public void credit(CacheKey key, int hits) {
    for (int i = 0; i < Math.min(hits, MAX_CREDITED_LOOKS); i++) {
      Entry entry = entries.getIfPresent(key);
      if (entry != null && i == 0) {
        entry.hit(hits);
      }
    }
  }

  /**
   * Whether less than an eighth of its room is free, so that what goes first begins to matter. May
   * wait for a moment of upkeep.
   */
  public boolean isNearlyFull() {
    var eviction = entries.policy().eviction().orElseThrow();
    return eviction.weightedSize().orElse(0) > eviction.getMaximum() / 8 * 7;
  }

  /** Whether what is under {@code key} is still what was kept at {@code storedNanos}. */
  public boolean holds(CacheKey key, long storedNanos) {
    Entry entry = entries.getIfPresent(key);
    return entry != null && entry.storedNanos() == storedNanos;
  }

  /** Entries kept, roughly: some may be gone. */
  public long size() {
    return entries.estimatedSize();
  }

  /** Bytes of heap in use, of at most {@code cache_size}. */
  public long heapBytes() {
    entries.cleanUp();
    return entries.policy().eviction().orElseThrow().weightedSize().orElse(0);
  }

  /**
   * Every server's answer that is kept for all clients, in no order, while others look and keep.
   */
  void forEach(BiConsumer<CacheKey, Entry> action) {
    entries
        .asMap()
        .forEach((key, entry) -> {
          if (entry.origin() == Origin.SERVER && !entry.isFailure() && !key.hasSubnet()) {
            action.accept(key, entry);
          }
        });
  }

  /**
   * Keeps what was kept before this cache was made.
   *
   * @return false if something newer is there, or it would be gone by now
   */
  boolean restore(CacheKey key, Answer answer, long storedNanos, long endNanos) {
    Entry entry = entry(answer, Origin.SERVER, storedNanos, endNanos);
    if (!entry.keptAt(clock.nanoTime()) || entries.asMap().putIfAbsent(key, entry) != null) {
      return false;
    }
    putCut(key, answer, storedNanos, endNanos);
    sink.replaced(key, answer, storedNanos, endNanos, entry.staleEndNanos());
    return true;
  }

  private void evicted(@Nullable CacheKey key, @Nullable Entry entry, RemovalCause cause) {
    boolean told = entry != null && entry.origin() != Origin.CUT && !entry.isFailure();
    if (told && key != null && cause == RemovalCause.SIZE) {
      sink.removed(key);
    }
  }

  private static long nanos(int seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }

  /** At least a moment: what comes from a file may have ended. */
  private Duration lifetime(Entry entry) {
    long left = entry.storedNanos() + entry.lifetimeNanos() - clock.nanoTime();
    return Duration.ofNanos(Math.max(1, left));
  }

  private static int weight(CacheKey key, Entry entry, long share) {
    int answer = entry.origin() == Origin.CUT ? 0 : entry.answer().heapBytes();
    int bytes = ENTRY_OVERHEAD + key.heapBytes() + answer;
    return (int) Math.min(Integer.MAX_VALUE, Math.max(bytes, share));
  }
}
