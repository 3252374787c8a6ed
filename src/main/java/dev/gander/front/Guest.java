package dev.gander.front;

import dev.gander.clock.Clock;
import dev.gander.message.Client;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** One client's connection, as its bounds see it. */
final class Guest {

  /** Pings, settings and resets in {@link #WINDOW_NANOS}; browsers stay far below. */
  private static final int NUISANCES = 200;

  private static final long WINDOW_NANOS = Duration.ofSeconds(30).toNanos();

  private final Channel channel;
  private final Clock clock;
  private final Client client = new Client();
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile boolean entered;
  private volatile boolean spoken;
  private volatile boolean leaving;

  /** When the last whole message came or went; at first, when the connection came. */
  private volatile long lastNanos;

  /** Of the event loop's thread alone, as the two below. */
  private long windowNanos;

  private int nuisances;

  Guest(Channel channel, Clock clock) {
    this.channel = channel;
    this.clock = clock;
    lastNanos = clock.nanoTime();
    windowNanos = lastNanos;
  }

  Channel channel() {
    return channel;
  }

  /** Who it is; complete once it has entered, and never changed after that. */
  Client client() {
    return client;
  }

  boolean entered() {
    return entered;
  }

  void enter() {
    entered = true;
  }

  /** It has our last word; until it hangs up, or at the latest when its time is up. */
  void leaves() {
    lastNanos = clock.nanoTime();
    leaving = true;
  }

  /** Whether it has had its time to hear our last word. */
  boolean lingers(long now, long allowedNanos) {
    return leaving && now - lastNanos > allowedNanos;
  }

  /** A whole query has come. */
  void asked() {
    spoken = true;
    lastNanos = clock.nanoTime();
    underWay.incrementAndGet();
  }

  /** A query has its reply, or will have none. */
  void answered() {
    underWay.decrementAndGet();
  }

  /** A reply has left. */
  void sent() {
    lastNanos = clock.nanoTime();
  }

  int underWay() {
    return underWay.get();
  }

  /**
   * Counts what costs us more than the client.
   *
   * @return true if it is a flood (RFC 9113 section 10.5)
   */
  boolean annoys() {
    long now = clock.nanoTime();
    if (now - windowNanos > WINDOW_NANOS) {
      windowNanos = now;
      nuisances = 0;
    }
    return ++nuisances > NUISANCES;
  }

  /**
   * Whether it has been silent too long, for no fault of ours.
   *
   * @param idleNanos allowed between messages
   * @param firstNanos allowed until the first
   */
  boolean silent(long now, long idleNanos, long firstNanos) {
    long allowed = spoken ? idleNanos : Math.min(idleNanos, firstNanos);
    return !leaving && underWay.get() == 0 && now - lastNanos > allowed;
  }
}
