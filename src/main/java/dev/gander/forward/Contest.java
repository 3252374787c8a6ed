package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.message.Rcode;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One question put to the members of a group until one gives a good answer. Each member that is
 * asked has a virtual thread; the thread that called {@link #run} decides when the next is asked,
 * who has won, and what each attempt says of its member. Losers are interrupted.
 */
final class Contest {

  /** How often is looked again, while nobody else may be asked yet, whether the wait is in vain. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  /**
   * What all contests of a group share.
   *
   * @param width members asked at once from the start, at least one
   * @param threads starts a virtual thread for each member that is asked
   */
  record Rules(
      String group,
      Policy policy,
      int width,
      HedgeBudget budget,
      Clock clock,
      Executor threads,
      Counters counters) {}

  private final Rules rules;
  private final Query query;
  private final List<Member> order;
  private final boolean explore;
  private final long deadlineNanos;
  private final Clock clock;
  private final List<Attempt> attempts = new ArrayList<>(2);

  /** Completed when an attempt has ended; then replaced. */
  private CompletableFuture<@Nullable Void> news = new CompletableFuture<>();

  private long nextNanos;
  private boolean refusedHedge;

  /**
   * @param order the members, whom to ask first
   * @param explore whether to ask one more than usual
   */
  Contest(Rules rules, Query query, List<Member> order, boolean explore, long deadlineNanos) {
    this.rules = rules;
    this.query = query;
    this.order = order;
    this.explore = explore;
    this.deadlineNanos = deadlineNanos;
    clock = rules.clock();
  }

  /**
   * Asks the first ones, then others as the policy says.
   *
   * @return a good answer, or the best of the bad ones
   */
  Upstreams.Reply run() throws IOException, InterruptedException {
    try {
      for (int i = 0; i < Math.min(rules.width(), order.size()); i++) {
        start(false);
      }
      if (explore) {
        rules.counters().add(Counter.UPSTREAM_HEDGES);
        start(true);
      }
      while (true) {
        CompletableFuture<?> change = news();
        Attempt winner = winner();
        if (winner != null) {
          return won(winner);
        }
        long now = clock.nanoTime();
        if (now - deadlineNanos >= 0 || isOver(now)) {
          return lost();
        }
        if (startNextIfDue(now)) {
          continue;
        }
        boolean _ = clock.await(change, earlier(now));
      }
    } catch (RejectedExecutionException e) {
      throw new UpstreamException(ExtendedError.NOT_READY, "gander is stopping");
    } finally {
      attempts.forEach(Attempt::giveUp);
    }
  }

  private void start(boolean hedge) {
    Member member = order.get(attempts.size());
    Attempt attempt = new Attempt(member, query, hedge, clock, deadlineNanos, this::tell);
    attempts.add(attempt);
    member.asked(hedge);
    nextNanos = clock.nanoTime() + member.health().usualNanos();
    rules.threads().execute(attempt);
  }

  /** Asks the next member if there is one and its time has come; sets the time to look again. */
  private boolean startNextIfDue(long now) {
    if (attempts.size() == order.size() || !worthAsking(order.get(attempts.size()))) {
      return false;
    }
    if (noneIsWorthWaitingFor(now)) {
      rules.counters().add(Counter.UPSTREAM_FAILOVERS);
      start(false);
      return true;
    }
    if (now - nextNanos < 0) {
      return false;
    }
    if (rules.policy().hedges() && hedge()) {
      return true;
    }
    nextNanos = now + LOOK_AGAIN.toNanos();
    return false;
  }

  private boolean hedge() {
    if (rules.budget().spend()) {
      rules.counters().add(Counter.UPSTREAM_HEDGES);
      start(true);
      return true;
    }
    if (!refusedHedge) {
      refusedHedge = true;
      rules.counters().add(Counter.UPSTREAM_HEDGES_REFUSED);
    }
    return false;
  }

  /** A dead member is asked only where nobody has said anything, not even an error. */
  private boolean worthAsking(Member next) {
    return !next.health().dead() || attempts.stream().noneMatch(it -> it.answer() != null);
  }

  /**
   * Each that was asked has failed, is known to be dead or away by now, or was silent for too long.
   */
  private boolean noneIsWorthWaitingFor(long now) {
    for (Attempt attempt : attempts) {
      Member member = attempt.member();
      boolean well = member.health().admits() && member.ready();
      if (attempt.isRunning() && well && !attempt.isSilent(now)) {
        return false;
      }
    }
    return true;
  }

  /** Nobody is left to ask, and nobody to wait for with good reason. */
  private boolean isOver(long now) {
    if (attempts.size() < order.size() && worthAsking(order.get(attempts.size()))) {
      return false;
    }
    boolean answered = attempts.stream().anyMatch(it -> it.answer() != null);
    for (Attempt attempt : attempts) {
      boolean inVain = answered || attempt.member().health().dead();
      if (attempt.isRunning() && !(inVain && attempt.isSilent(now))) {
        return false;
      }
    }
    return true;
  }

  /** When something may have to be done though there is no news. */
  private long earlier(long now) {
    long until = deadlineNanos;
    if (attempts.size() < order.size() && nextNanos - now > 0) {
      until = Math.min(until, nextNanos);
    }
    for (Attempt attempt : attempts) {
      long silent = attempt.silentFromNanos();
      if (attempt.isRunning() && silent - now > 0) {
        until = Math.min(until, silent);
      }
    }
    return until;
  }

  private @Nullable Attempt winner() {
    for (Attempt attempt : attempts) {
      Answer answer = attempt.answer();
      if (answer != null && Member.isGood(answer)) {
        return attempt;
      }
    }
    return null;
  }

  private Upstreams.Reply won(Attempt winner) {
    if (winner.hedge()) {
      rules.counters().add(Counter.UPSTREAM_HEDGES_WON);
    }
    long now = clock.nanoTime();
    for (Attempt attempt : attempts) {
      attempt.comparedWith(winner, now);
    }
    return new Upstreams.Reply(Objects.requireNonNull(winner.answer()), winner.member().name());
  }

  /** The best of the bad answers; without any, the reasons. */
  private Upstreams.Reply lost() throws UpstreamException {
    Attempt best = null;
    int least = Integer.MAX_VALUE;
    for (Attempt attempt : attempts) {
      attempt.foundNoBetter();
      Answer answer = attempt.answer();
      if (answer != null && badness(answer) < least) {
        best = attempt;
        least = badness(answer);
      }
    }
    if (best == null) {
      throw nobodyAnswered();
    }
    return new Upstreams.Reply(Objects.requireNonNull(best.answer()), best.member().name());
  }

  /** A cut answer is better than none, and "could not" is better than "would not". */
  private static int badness(Answer answer) {
    if (answer.truncated() && answer.kind() != Answer.Kind.FAILURE) {
      return 0;
    }
    return answer.rcode().equals(Rcode.SERVFAIL) ? 1 : 2;
  }

  private UpstreamException nobodyAnswered() {
    StringBuilder text = new StringBuilder("no upstream of group '" + rules.group() + "' answered");
    boolean silent = true;
    String separator = ": ";
    for (Attempt attempt : attempts) {
      IOException failure = attempt.failure();
      boolean timeout =
          failure == null
              || (failure instanceof UpstreamException upstream
                  && upstream.error() == ExtendedError.NO_REACHABLE_AUTHORITY);
      silent &= timeout;
      text.append(separator)
          .append(
              failure == null
                  ? "'" + attempt.member().name() + "' was silent"
                  : failure.getMessage());
      separator = "; ";
    }
    return new UpstreamException(
        silent ? ExtendedError.NO_REACHABLE_AUTHORITY : ExtendedError.NETWORK_ERROR,
        text.toString());
  }

  private synchronized CompletableFuture<?> news() {
    if (news.isDone()) {
      news = new CompletableFuture<>();
    }
    return news;
  }

  private synchronized void tell() {
    news.complete(null);
  }
}
