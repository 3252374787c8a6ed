package dev.gander.forward;

import dev.gander.encrypted.Reply;
import dev.gander.encrypted.Session;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A connection, and what those who wait on it find out together. While nothing at all comes, a few
 * scouts ask on another: were it all who wait, a server that has just come back, or is short of
 * time, would have twice as much to do. Any thread.
 */
final class WarmSession {

  /** A scout's own question may be one that the server never answers. */
  private static final Duration BETWEEN_SCOUTS = Duration.ofMillis(300);

  final Session session;
  private final AtomicLong nextScoutNanos;

  private volatile boolean givenUp;

  WarmSession(Session session, long nowNanos) {
    this.session = session;
    nextScoutNanos = new AtomicLong(nowNanos);
  }

  /** A question on its way. */
  final class Question {
    private final long ahead;
    private long answered;
    final CompletableFuture<Reply> reply;

    private Question(byte[] message) {
      answered = session.answered();
      ahead = answered + session.waiting();
      reply = session.ask(message);
    }

    /** Whether no answer at all has come since it was asked, or since this was last called. */
    boolean inSilence() {
      long now = session.answered();
      boolean silent = now == answered;
      answered = now;
      return silent;
    }

    /**
     * Whether as many were answered as were waiting before it: then it may be lost. Else it is in
     * line, and would be in line elsewhere.
     */
    boolean isOvertaken() {
      return session.answered() - ahead >= 0;
    }
  }

  Question ask(byte[] message) {
    return new Question(message);
  }

  /** It was silent while another answered: ends it, and who waits on it is to ask again. */
  void giveUp() {
    givenUp = true;
    session.close();
  }

  boolean isGivenUp() {
    return givenUp;
  }

  /** Whether who asks this is to try another connection, before the others do. */
  boolean maySendScout(long nowNanos) {
    long next = nextScoutNanos.get();
    return nowNanos - next >= 0
        && nextScoutNanos.compareAndSet(next, nowNanos + BETWEEN_SCOUTS.toNanos());
  }
}
