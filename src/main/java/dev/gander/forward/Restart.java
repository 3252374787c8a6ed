package dev.gander.forward;

import dev.gander.clock.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * A server that takes no connection may be restarting: it is tried again and again for {@link
 * #LONGEST}, counted from the first failure; who asks meanwhile waits. After that every try fails
 * at once, until one succeeds. Any thread.
 */
final class Restart {

  /** A server that restarts is away so long. */
  static final Duration LONGEST = Duration.ofSeconds(3);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

  /** A server that is back must not be found out late: each pause is time that questions wait. */
  private static final Duration LAST_PAUSE = Duration.ofMillis(200);

  /** Makes a connection. */
  @FunctionalInterface
  interface Connector<T> {
    /**
     * Tries once.
     *
     * @throws IOException if there is none to be had
     */
    T connect() throws IOException, InterruptedException;
  }

  private final Clock clock;
  private volatile boolean waiting;
  private boolean down;
  private long downSinceNanos;

  Restart(Clock clock) {
    this.clock = clock;
  }

  /** Whether the server has taken no connection just now, and is tried again and again. */
  boolean isWaitedFor() {
    return waiting;
  }

  /**
   * A connection, from as many tries as it takes; blocks.
   *
   * @param mayPass whether such a failure may be over in a moment
   * @throws IOException the last failure, if it will not pass or the server is away for too long
   */
  <T> T waitOut(Connector<T> connector, Predicate<IOException> mayPass)
      throws IOException, InterruptedException {
    Duration pause = FIRST_PAUSE;
    try {
      while (true) {
        try {
          T connection = connector.connect();
          back();
          return connection;
        } catch (IOException e) {
          if (isAwayTooLong() || !mayPass.test(e)) {
            throw e;
          }
        }
        waiting = true;
        clock.sleep(pause);
        Duration next = pause.multipliedBy(2);
        pause = next.compareTo(LAST_PAUSE) < 0 ? next : LAST_PAUSE;
      }
    } finally {
      waiting = false;
    }
  }

  private synchronized void back() {
    down = false;
  }

  private synchronized boolean isAwayTooLong() {
    long now = clock.nanoTime();
    if (!down) {
      down = true;
      downSinceNanos = now;
    }
    return now - downSinceNanos >= LONGEST.toNanos();
  }
}
