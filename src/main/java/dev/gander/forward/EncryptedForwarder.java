package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.dial.Dialer;
import dev.gander.encrypted.Reply;
import dev.gander.encrypted.Session;
import dev.gander.encrypted.SessionException;
import dev.gander.encrypted.SessionException.Remedy;
import dev.gander.encrypted.Sessions;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.MalformedMessageException;
import dev.gander.message.Query;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks over warm connections: one, and a second while the first is slow. A question whose
 * connection ends before the answer is asked again on a fresh one.
 */
final class EncryptedForwarder implements Forwarder {

  /**
   * A server may need this long for a name nobody has asked for. A connection on which nothing at
   * all came for so long is suspect; on one that answers others the question may be lost.
   */
  private static final Duration SLOW = Duration.ofMillis(1200);

  /** A server that stops may take one more connection, and end that too. */
  private static final int MOST_TRIES = 3;

  private final String name;
  private final Clock clock;
  private final Counters counters;
  private final WarmSessions warm;

  /**
   * What is asked twice though the connection answers others: after a restart thousands wait for a
   * server at once, and must not become twice as many.
   */
  private final HedgeBudget secondTries = new HedgeBudget();

  EncryptedForwarder(
      Upstream upstream, Servers servers, Dialer dialer, Clock clock, Counters counters) {
    this.name = upstream.name();
    this.clock = clock;
    this.counters = counters;
    warm =
        new WarmSessions(
            servers, () -> Sessions.of(upstream, dialer.exit(), clock), clock, counters);
  }

  /** Shakes hands now, so that the first question need not wait for it. */
  @Override
  public void warmUp() {
    warm.warmUp();
  }

  @Override
  public Duration grace() {
    return WarmSessions.RESTART;
  }

  @Override
  public boolean ready() {
    return !warm.isWaitingForTheServer();
  }

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    counters.add(Counter.UPSTREAM_ENCRYPTED_ASKED);
    secondTries.earn();
    byte[] message = query.toUpstream();
    try {
      Answer answer = parse(ask(message, deadlineNanos), query);
      Reaction.mustNotBeAboutOurHop(answer.rcode(), name);
      return answer;
    } catch (SessionException e) {
      String why = "upstream '" + name + "' failed: " + e.getMessage();
      throw e.remedy() == Remedy.NEW_CERTIFICATE
          ? UpstreamException.sick(e.error(), why)
          : new UpstreamException(e.error(), why);
    } catch (MalformedMessageException e) {
      throw new UpstreamException(
          ExtendedError.INVALID_DATA,
          "upstream '" + name + "' sent a malformed answer: " + e.getMessage());
    }
  }

  private Answer parse(Reply reply, Query query) throws MalformedMessageException {
    byte[] message = reply.message();
    return Answer.parse(message, 0, message.length, query.question()).aged(reply.ageSeconds());
  }

  private Reply ask(byte[] message, long deadlineNanos) throws IOException, InterruptedException {
    Session session = warm.session(null, deadlineNanos);
    for (int tries = 1; ; tries++) {
      try {
        return ask(session, message, deadlineNanos);
      } catch (SessionException e) {
        if (e.remedy() != Remedy.ASK_AGAIN || tries == MOST_TRIES) {
          throw e;
        }
      }
      counters.add(Counter.UPSTREAM_ASKED_AGAIN);
      session = warm.session(session, deadlineNanos);
    }
  }

  private Reply ask(Session first, byte[] message, long deadlineNanos)
      throws IOException, InterruptedException {
    CompletableFuture<Reply> reply = first.ask(message);
    try {
      while (true) {
        long answered = first.answered();
        long slow = Math.min(deadlineNanos, clock.nanoTime() + SLOW.toNanos());
        if (clock.await(reply, slow)) {
          return result(reply);
        }
        if (clock.nanoTime() - deadlineNanos >= 0) {
          throw silent();
        }
        if (first.answered() == answered || secondTries.spend()) {
          return askBeside(first, reply, message, deadlineNanos);
        }
      }
    } finally {
      reply.cancel(false);
    }
  }

  /** The first connection is slow, or dead without a word: a second one is asked too. */
  private Reply askBeside(
      Session first, CompletableFuture<Reply> reply, byte[] message, long deadlineNanos)
      throws IOException, InterruptedException {
    long answered = first.answered();
    Session second;
    try {
      second = warm.session(first, deadlineNanos);
    } catch (SessionException e) {
      return clock.await(reply, deadlineNanos) ? result(reply) : fail(e);
    }
    counters.add(Counter.UPSTREAM_ASKED_AGAIN);
    CompletableFuture<Reply> other = second.ask(message);
    try {
      CompletableFuture<Reply> either = firstOf(reply, other);
      if (!clock.await(either, deadlineNanos)) {
        throw silent();
      }
      Reply answer = result(either);
      if (!reply.isDone() && first.answered() == answered) {
        warm.suspect(first);
      }
      return answer;
    } finally {
      other.cancel(false);
    }
  }

  /** Completes with the first reply; fails only when both have. */
  private static CompletableFuture<Reply> firstOf(
      CompletableFuture<Reply> one, CompletableFuture<Reply> other) {
    CompletableFuture<Reply> either = new CompletableFuture<>();
    var _ =
        one.whenComplete((reply, failure) -> {
          if (failure == null || other.isCompletedExceptionally()) {
            settle(either, reply, failure);
          }
        });
    var _ =
        other.whenComplete((reply, failure) -> {
          if (failure == null || one.isCompletedExceptionally()) {
            settle(either, reply, failure);
          }
        });
    return either;
  }

  private static void settle(
      CompletableFuture<Reply> either, Reply reply, @Nullable Throwable failure) {
    boolean _ = failure == null ? either.complete(reply) : either.completeExceptionally(failure);
  }

  private static Reply fail(SessionException e) throws SessionException {
    throw e;
  }

  private UpstreamException silent() {
    return new UpstreamException(
        ExtendedError.NO_REACHABLE_AUTHORITY, "upstream '" + name + "' did not answer in time");
  }

  private static Reply result(CompletableFuture<Reply> done)
      throws IOException, InterruptedException {
    try {
      return done.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    warm.close();
  }
}
