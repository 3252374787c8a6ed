package dev.gander.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings;
import dev.gander.message.Answer;
import dev.gander.message.Name;
import dev.gander.message.Request;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Answers by key, as long as they hold, with TTLs that count down. Bounded by bytes of heap and, if
 * the configuration says so, by entries; what goes first when it is full, Caffeine's W-TinyLFU
 * decides. Any thread; no call blocks for longer than a map operation.
 */
public final class AnswerCache {

  /** How long a server's failure is kept (RFC 9520 § 3.2 asks for 1 s to 5 min). */
  static final Duration SERVER_FAILURE = Duration.ofSeconds(5);

  /** How long it is kept that no server could be reached: long enough to spare it a burst. */
  static final Duration REACH_FAILURE = Duration.ofSeconds(1);

  /** Caffeine's node, its table slot, and our entry. */
  private static final int ENTRY_OVERHEAD = 160;

  private record Entry(Answer answer, long storedNanos, long expiresNanos) {}

  private final Clock clock;
  private final Cache<CacheKey, Entry> entries;
  private final Map<String, Integer> fixedTtl;
  private final int minTtl;
  private final int maxTtl;
  private final int negativeTtlMax;

  /** An empty cache with the bounds of {@code settings}. */
  public AnswerCache(DnsSettings settings, Clock clock) {
    this.clock = clock;
    minTtl = seconds(settings.minTtl());
    maxTtl = seconds(settings.maxTtl());
    negativeTtlMax = seconds(settings.negativeTtlMax());
    fixedTtl = fixedTtl(settings.fixedDomainTtl());
    long bytes = settings.cacheSizeBytes();
    // An entry weighs at least its share, so that max_cache_size of them fill the cache.
    long share = settings.maxCacheSize() > 0 ? bytes / settings.maxCacheSize() : 0;
    entries =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher((CacheKey key, Entry entry) -> weight(key, entry, share))
            .expireAfter(Expiry.writing((CacheKey key, Entry entry) -> lifetime(entry)))
            .ticker(clock::nanoTime)
            // Upkeep is a few list moves: cheaper where it falls due than on another thread.
            .executor(Runnable::run)
            .build();
  }

  /**
   * Writes the answer to {@code request} if there is one that holds. Allocates nothing.
   *
   * @param probe points at {@code request}
   * @param limit most bytes the client takes, at least 512
   * @param out at least {@code limit} bytes
   * @return length of the message in {@code out}; 0 if there is no answer
   */
  public int writeTo(CacheKey probe, Request request, int limit, byte[] out) {
    Entry entry = entries.getIfPresent(probe);
    if (entry == null) {
      return 0;
    }
    long now = clock.nanoTime();
    return now - entry.expiresNanos < 0
        ? entry.answer.writeTo(request, age(entry, now), limit, out)
        : 0;
  }

  /** The answer under {@code key} as it is now, TTLs counted down, if there is one that holds. */
  public Optional<Answer> find(CacheKey key) {
    Entry entry = entries.getIfPresent(key);
    long now = clock.nanoTime();
    return entry != null && now - entry.expiresNanos < 0
        ? Optional.of(entry.answer.aged(age(entry, now)))
        : Optional.empty();
  }

  /**
   * Keeps what a server said for as long as it holds: its TTL within the configured bounds, {@link
   * #SERVER_FAILURE} for a failure. Never keeps a truncated answer.
   *
   * @return the answer with its TTLs as clients are to see them, kept or not
   */
  public Answer keep(CacheKey key, Answer answer) {
    if (answer.truncated()) {
      return answer;
    }
    if (answer.kind() == Answer.Kind.FAILURE) {
      putFailure(key, answer, SERVER_FAILURE);
      return answer;
    }
    Answer bounded = bounded(key, answer);
    if (bounded.ttl() > 0) {
      put(key, bounded, Duration.ofSeconds(bounded.ttl()));
    }
    return bounded;
  }

  /** Keeps for a short time that no server could be reached, unless a real answer is there. */
  public void keepUnreachable(CacheKey key, Answer failure) {
    putFailure(key, failure, REACH_FAILURE);
  }

  /** Entries kept, roughly: some may have ended. */
  public long size() {
    return entries.estimatedSize();
  }

  /** Bytes of heap in use, of at most {@code cache_size}. */
  public long heapBytes() {
    entries.cleanUp();
    return entries.policy().eviction().orElseThrow().weightedSize().orElse(0);
  }

  private Answer bounded(CacheKey key, Answer answer) {
    if (!fixedTtl.isEmpty()) {
      Integer fixed = fixedTtl.get(key.name());
      if (fixed != null) {
        return answer.withTtlBetween(fixed, fixed);
      }
    }
    if (answer.kind() == Answer.Kind.POSITIVE) {
      return answer.withTtlBetween(Math.min(minTtl, maxTtl), maxTtl);
    }
    if (answer.ttl() == 0) {
      // No SOA: a referral, perhaps. Not for keeping, and its TTLs are not ours to change.
      return answer;
    }
    int most = Math.min(answer.ttl(), Math.min(negativeTtlMax, maxTtl));
    return answer.withTtlBetween(Math.min(minTtl, most), most);
  }

  private void putFailure(CacheKey key, Answer failure, Duration lifetime) {
    Entry there = entries.getIfPresent(key);
    boolean better =
        there != null
            && there.answer.kind() != Answer.Kind.FAILURE
            && clock.nanoTime() - there.expiresNanos < 0;
    if (!better) {
      put(key, failure, lifetime);
    }
  }

  private void put(CacheKey key, Answer answer, Duration lifetime) {
    long now = clock.nanoTime();
    Answer kept = answer.withoutAuthority();
    entries.put(key, new Entry(kept, now, now + lifetime.toNanos()));
  }

  private static int age(Entry entry, long now) {
    return (int) TimeUnit.NANOSECONDS.toSeconds(now - entry.storedNanos);
  }

  private static Duration lifetime(Entry entry) {
    return Duration.ofNanos(entry.expiresNanos - entry.storedNanos);
  }

  private static int weight(CacheKey key, Entry entry, long share) {
    int bytes = ENTRY_OVERHEAD + key.heapBytes() + entry.answer.heapBytes();
    return (int) Math.min(Integer.MAX_VALUE, Math.max(bytes, share));
  }

  private static int seconds(Duration duration) {
    return Math.clamp(duration.toSeconds(), 0, Integer.MAX_VALUE);
  }

  private static Map<String, Integer> fixedTtl(Map<String, Duration> configured) {
    Map<String, Integer> table = new HashMap<>();
    configured.forEach((name, ttl) -> table.put(Name.toText(Name.toWire(name), 0), seconds(ttl)));
    return Map.copyOf(table);
  }
}
