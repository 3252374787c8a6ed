package dev.gander.controller;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.RateLimit;
import dev.gander.config.DnsSettings.RateLimitAnswer;
import dev.gander.message.Client;
import dev.gander.message.QueryView;
import dev.gander.message.Rcode;
import dev.gander.message.Transport;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import org.jspecify.annotations.Nullable;

/**
 * {@code client_rate_limit}: a bucket for each client that asks, which holds what a second allows
 * and fills at that rate. A bucket is one number, the time at which it will be full again. Any
 * thread; allocates nothing after it is made.
 */
final class ClientRateLimit {

  /** Clients that can be told apart at one time. */
  static final int CLIENTS = 1 << 16;

  /** Places a client may have: where it is looked for, and who may have to give way. */
  private static final int WAYS = 8;

  private static final int LOCKS = 64;
  private static final long SECOND = 1_000_000_000L;

  /** What a query is to its client's limit. */
  enum Verdict {
    WITHIN,
    /** The same, and another client's bucket had to be forgotten while it was not full. */
    WITHIN_CROWDED,
    BEYOND
  }

  private final Clock clock;
  private final Counters counters;
  private final boolean byTruncation;
  private final long interval;
  private final int ipv4Bits;
  private final int ipv6Bits;
  private final long origin;
  private final long[] clients;

  /** By place, when the bucket will be full, in nanoseconds after the origin; past: it is full. */
  private final long[] fullAt;

  private final Object[] locks = new Object[LOCKS];

  /**
   * @param limit at least 1 a second
   * @param clients a power of two, {@link #CLIENTS} but in tests
   */
  ClientRateLimit(RateLimit limit, int clients, Clock clock, Counters counters) {
    this.clock = clock;
    this.counters = counters;
    byTruncation = limit.answer() == RateLimitAnswer.TC;
    interval = SECOND / limit.perSecond();
    ipv4Bits = limit.ipv4Bits();
    ipv6Bits = limit.ipv6Bits();
    origin = clock.nanoTime();
    this.clients = new long[clients];
    fullAt = new long[clients];
    for (int i = 0; i < LOCKS; i++) {
      locks[i] = new Object();
    }
  }

  /** The limit of a configuration; null if it sets none. */
  static @Nullable ClientRateLimit of(RateLimit limit, Clock clock, Counters counters) {
    return limit.perSecond() == 0 ? null : new ClientRateLimit(limit, CLIENTS, clock, counters);
  }

  /** Takes one query of the client's; true if that is one too many. */
  boolean refuses(Client client) {
    if (byTruncation && client.transport() != Transport.UDP) {
      return false; // it has come by TCP as it was told to, and so has shown its address
    }
    Verdict verdict = take(client);
    if (verdict == Verdict.WITHIN_CROWDED) {
      counters.add(Counter.RATE_LIMIT_CROWDED);
    }
    return verdict == Verdict.BEYOND;
  }

  /** Writes what a query too many gets; returns its length. */
  int answer(QueryView query, byte[] out) {
    return byTruncation ? query.writeTruncated(out) : query.writeStatus(Rcode.REFUSED, out);
  }

  /** Takes one query out of the client's bucket, if there is one. */
  Verdict take(Client client) {
    long key = key(client.sourceHigh(), client.sourceLow());
    int set = (int) (key >>> 40) & (clients.length / WAYS - 1);
    long now = clock.nanoTime() - origin;
    synchronized (locks[set & (LOCKS - 1)]) {
      return take(key, set * WAYS, now);
    }
  }

  private Verdict take(long key, int first, long now) {
    int place = first;
    for (int i = first; i < first + WAYS; i++) {
      if (clients[i] == key) {
        return takeAt(i, now);
      }
      if (fullAt[i] < fullAt[place]) {
        place = i;
      }
    }
    // The fullest bucket goes: if it is quite full, nothing is lost with it.
    boolean crowded = clients[place] != 0 && fullAt[place] > now;
    clients[place] = key;
    fullAt[place] = now + interval;
    return crowded ? Verdict.WITHIN_CROWDED : Verdict.WITHIN;
  }

  private Verdict takeAt(int place, long now) {
    long full = Math.max(fullAt[place], now) + interval;
    if (full - now > SECOND) {
      return Verdict.BEYOND;
    }
    fullAt[place] = full;
    return Verdict.WITHIN;
  }

  /** The client's prefix, mixed so that all bits count; never 0. */
  private long key(long high, long low) {
    boolean ipv4 = Client.isIpv4(high, low);
    int bits = ipv4 ? 96 + ipv4Bits : ipv6Bits;
    long top = bits >= 64 ? high : high & (-1L << (64 - bits));
    long bottom = bits <= 64 ? 0 : low & (-1L << (128 - bits));
    long mixed = ((top * 0x9e3779b97f4a7c15L) ^ bottom) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 29)) * 0x94d049bb133111ebL;
    return (mixed ^ (mixed >>> 32)) | 1;
  }
}
