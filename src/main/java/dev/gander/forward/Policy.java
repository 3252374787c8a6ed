package dev.gander.forward;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a group asks its members. */
enum Policy {
  /** In the order of the file; the next when one fails or is silent. */
  FAILOVER(false, false),
  /** By smoothed latency; the next when one fails or is silent. */
  FASTEST(true, false),
  /** The best several at once. */
  RACE(true, false),
  /** The best; when its usual time has passed, the next too. */
  HEDGE(true, true),
  /** The same in the order given: a group of nodes has ranked them. */
  IN_TURN(false, true);

  private static final Pattern RACE_OF = Pattern.compile("race\\((\\d+)\\)");

  private final boolean ranked;
  private final boolean hedges;

  Policy(boolean ranked, boolean hedges) {
    this.ranked = ranked;
    this.hedges = hedges;
  }

  /**
   * By its text in the configuration.
   *
   * @throws IllegalArgumentException if there is no such policy
   */
  static Policy of(String text) {
    return RACE_OF.matcher(text).matches() ? RACE : valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** Members asked at once from the start: N of {@code race(N)}, else one. */
  static int width(String text) {
    Matcher race = RACE_OF.matcher(text);
    return race.matches() ? Integer.parseInt(race.group(1)) : 1;
  }

  /**
   * Whether the best comes first, not the first of the file; then the others are tried at times.
   */
  boolean ranked() {
    return ranked;
  }

  boolean hedges() {
    return hedges;
  }
}
