package dev.gander.observe;

import java.util.Locale;

/**
 * Everything gander counts. The first group balances: {@link #RECEIVED} = all {@code ANSWERED_*} +
 * all {@code REFUSED_*} + all {@code DROPPED_*} + what is still under way.
 */
public enum Counter {
  /** Messages clients sent, whatever they were. */
  RECEIVED,
  /** From the cache, on the thread that read the query. */
  ANSWERED_FROM_CACHE,
  /** By a {@code reject} rule, before or after an upstream was asked. */
  ANSWERED_BY_RULE,
  /** With what an upstream said, itself or shared by a flight; SERVFAIL it said too. */
  ANSWERED_FROM_UPSTREAM,
  /** SERVFAIL made here: no upstream answered in time, or none could be asked. */
  ANSWERED_FAILURE,
  /** FORMERR, NOTIMP or BADVERS: no query that can be decided. */
  ANSWERED_MALFORMED,
  /** More queries under way than the bound. */
  REFUSED_OVERLOAD,
  /** RD was clear and the cache had nothing. */
  REFUSED_NO_RECURSION,
  /** Zone transfers. */
  REFUSED_TRANSFER,
  /** Under 12 bytes. */
  DROPPED_TOO_SHORT,
  /** A response where a query belongs. */
  DROPPED_RESPONSE,

  /** Questions taken upstream. */
  FLIGHTS_STARTED,
  /** Queries that joined a flight another had started. */
  FLIGHTS_JOINED,
  /** Queries whose budget ended before their flight did. */
  FLIGHTS_OUTWAITED;

  /** The name in metrics and status: {@code answered_from_cache}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
