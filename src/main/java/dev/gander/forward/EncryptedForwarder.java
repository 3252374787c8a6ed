package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.dial.Dialer;
import dev.gander.encrypted.Reply;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks over warm connections: one, and a second while the first is slow. A question whose
 * connection ends before the answer is asked again on a fresh one.
 */
final class EncryptedForwarder implements Forwarder {

  /**
   * A server may need this long for a name nobody has asked for. A connection on which nothing at
   * all came for so long is suspect; on one that answers those who asked later the question may be
   * lost.
   */
  private static final Duration SLOW = Duration.ofMillis(1200);

  /** A server that stops may take one more connection, and end that too. */
  private static final int MOST_TRIES = 3;

  /** Times that a server may say that it has not looked at a question. */
  private static final int MOST_UNREAD = 16;

  private final String name;
  private final Clock clock;
  private final Counters counters;
  private final WarmSessions warm;

  /**
   * What is asked twice though the connection answers others: where a server is slow with many they
   * must not become twice as many.
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
  public void warmUp(Consumer<UpstreamException> sick) {
    warm.warmUp(refusal -> sick.accept(failure(refusal)));
  }

  @Override
  public Duration grace() {
    return Restart.LONGEST;
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
      throw failure(e);
    } catch (MalformedMessageException e) {
      throw new UpstreamException(
          ExtendedError.INVALID_DATA,
          "upstream '" + name + "' sent a malformed answer: " + e.getMessage());
    }
  }

  private UpstreamException failure(SessionException e) {
    String why = "upstream '" + name + "' failed: " + e.getMessage();
    return e.remedy() == Remedy.NEW_CERTIFICATE
        ? UpstreamException.sick(e.error(), why)
        : new UpstreamException(e.error(), why);
  }

  private Answer parse(Reply reply, Query query) throws MalformedMessageException {
    byte[] message = reply.message();
    return Answer.parse(message, 0, message.length, query.question()).aged(reply.ageSeconds());
  }

  private Reply ask(byte[] message, long deadlineNanos) throws IOException, InterruptedException {
    WarmSession session = warm.session(null, deadlineNanos);
    int ended = 0;
    int unread = 0;
    boolean answersSome = false;
    while (true) {
      try {
        return ask(session, message, deadlineNanos);
      } catch (SessionException e) {
        boolean free =
            session.isGivenUp()
                || (e.remedy() == Remedy.ASK_AGAIN_UNREAD && ++unread < MOST_UNREAD);
        answersSome |= session.session.answered() > 0;
        if (!e.mayAskAgain() || (!free && ++ended == MOST_TRIES && !answersSome)) {
          throw e;
        }
      }
      counters.add(Counter.UPSTREAM_ASKED_AGAIN);
      boolean endsBehindAnswers = ended == MOST_TRIES - 1 && session.session.answered() > 0;
      if (endsBehindAnswers || ended == MOST_TRIES) {
        return askAlone(message, deadlineNanos);
      }
      session = warm.session(session, deadlineNanos);
    }
  }

  /** Of a server that ends connections behind so many answers, and be it one. */
  private Reply askAlone(byte[] message, long deadlineNanos)
      throws IOException, InterruptedException {
    WarmSessions.Alone alone;
    try {
      alone = warm.alone(deadlineNanos);
    } catch (SessionException e) {
      // It does not run: who shares a connection waits until it does.
      return ask(warm.session(null, deadlineNanos), message, deadlineNanos);
    }
    try {
      CompletableFuture<Reply> reply = alone.session().ask(message);
      if (!clock.await(reply, deadlineNanos)) {
        throw silent();
      }
      return result(reply);
    } finally {
      alone.close();
    }
  }

  private Reply ask(WarmSession first, byte[] message, long deadlineNanos)
      throws IOException, InterruptedException {
    WarmSession.Question question = first.ask(message);
    try {
      while (true) {
        long slow = Math.min(deadlineNanos, clock.nanoTime() + SLOW.toNanos());
        if (clock.await(question.reply, slow)) {
          return result(question.reply);
        }
        long now = clock.nanoTime();
        if (now - deadlineNanos >= 0) {
          throw silent();
        }
        boolean silent = question.inSilence();
        if (silent ? first.maySendScout(now) : question.isOvertaken() && secondTries.spend()) {
          return askBeside(first, question, silent, message, deadlineNanos);
        }
      }
    } finally {
      question.reply.cancel(false);
    }
  }

  /**
   * A second connection is asked too.
   *
   * @param silent nothing comes on the first; if it stays so while the second answers, it is dead
   */
  private Reply askBeside(
      WarmSession first,
      WarmSession.Question question,
      boolean silent,
      byte[] message,
      long deadlineNanos)
      throws IOException, InterruptedException {
    CompletableFuture<Reply> reply = question.reply;
    WarmSession second;
    try {
      second = warm.session(first, deadlineNanos);
    } catch (SessionException e) {
      return clock.await(reply, deadlineNanos) ? result(reply) : fail(e);
    }
    counters.add(Counter.UPSTREAM_ASKED_AGAIN);
    CompletableFuture<Reply> other = second.ask(message).reply;
    try {
      CompletableFuture<Reply> either = firstOf(reply, other);
      if (!clock.await(either, deadlineNanos)) {
        throw silent();
      }
      Reply answer = result(either);
      if (silent && !reply.isDone() && question.inSilence()) {
        warm.giveUp(first);
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
