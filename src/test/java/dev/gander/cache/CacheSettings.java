package dev.gander.cache;

import dev.gander.config.DnsSettings;
import dev.gander.config.Place;
import dev.gander.config.Rule;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Settings for tests of cache and controller: the defaults, and what a test wants otherwise. */
public record CacheSettings(
    long bytes,
    long entries,
    Duration minTtl,
    Duration maxTtl,
    Duration negativeTtlMax,
    Map<String, Duration> fixedTtl,
    DnsSettings.RejectAnswer rejectAnswer) {

  /** dae's and gander's defaults. */
  public static final CacheSettings DEFAULT =
      new CacheSettings(
          64 << 20,
          0,
          Duration.ZERO,
          Duration.ofDays(1),
          Duration.ofHours(1),
          Map.of(),
          DnsSettings.RejectAnswer.NODATA);

  public CacheSettings withBytes(long newBytes) {
    return new CacheSettings(
        newBytes, entries, minTtl, maxTtl, negativeTtlMax, fixedTtl, rejectAnswer);
  }

  public CacheSettings withEntries(long newEntries) {
    return new CacheSettings(
        bytes, newEntries, minTtl, maxTtl, negativeTtlMax, fixedTtl, rejectAnswer);
  }

  public CacheSettings withTtls(Duration min, Duration max, Duration negativeMax) {
    return new CacheSettings(bytes, entries, min, max, negativeMax, fixedTtl, rejectAnswer);
  }

  public CacheSettings withFixedTtl(String name, Duration ttl) {
    return new CacheSettings(
        bytes, entries, minTtl, maxTtl, negativeTtlMax, Map.of(name, ttl), rejectAnswer);
  }

  public CacheSettings withRejectAnswer(DnsSettings.RejectAnswer answer) {
    return new CacheSettings(bytes, entries, minTtl, maxTtl, negativeTtlMax, fixedTtl, answer);
  }

  /** The record the rooms take. */
  public DnsSettings dns() {
    Place place = new Place("test.dae", 1, 1);
    DnsSettings.DnsRules rules =
        new DnsSettings.DnsRules(
            List.of(), new Rule.Outbound("asis", false, OptionalLong.empty(), place));
    return new DnsSettings(
        Optional.empty(),
        fixedTtl,
        List.of(),
        List.of(),
        rules,
        rules,
        List.of(),
        false,
        Duration.ZERO,
        entries,
        0,
        bytes,
        minTtl,
        maxTtl,
        negativeTtlMax,
        Duration.ofSeconds(5),
        rejectAnswer,
        false,
        Map.of(),
        false,
        new DnsSettings.Ecs.Strip(),
        false,
        0);
  }
}
