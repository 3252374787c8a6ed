package dev.gander.controller;

import dev.gander.cache.AnswerCache;
import dev.gander.cache.CacheKey;
import dev.gander.cache.Flights;
import dev.gander.cache.Lookup;
import dev.gander.clock.Clock;
import dev.gander.controller.QueryController.Pending;
import dev.gander.forward.UpstreamException;
import dev.gander.forward.Upstreams;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.MalformedMessageException;
import dev.gander.message.Query;
import dev.gander.message.Rcode;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.route.DnsRouter;
import dev.gander.route.ResponseRoute;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Gets answers that must be asked for: flights for those who wait, and behind the backs of those
 * who were given what had ended, or was about to.
 */
final class Fetch {

  /** Upstreams asked one after another for one query, because response rules say so; as dae. */
  private static final int MAX_DEPTH = 3;

  /** How much longer than a client a flight waits: what comes late still fills the cache. */
  private static final int FLIGHT_BUDGETS = 2;

  /** Refreshes and prefetches under way at one time. */
  private static final int MAX_BEHIND = 1024;

  /** How long a client waits before it gets what ended long ago (RFC 8767 § 5). */
  private static final Duration STALE_AFTER = Duration.ofMillis(1800);

  /** The part of the patience kept back where a client that waits can be given what ended. */
  private static final int RESERVE = 10;

  /** Who is asked where rules say so; no upstream is named like it. */
  static final String ASIS = "asis";

  static final Answer CLOSING =
      Answer.failure(Rcode.SERVFAIL, ExtendedError.NOT_READY, "gander is stopping");

  private final DnsRouter router;
  private final AnswerCache cache;
  private final Upstreams upstreams;
  private final Counters counters;
  private final Clock clock;
  private final Rejection rejection;
  private final @Nullable RebindProtection rebind;
  private final @Nullable Subnets subnets;
  private final Duration budget;
  private final Duration patience;
  private final Duration staleAfter;
  private final Flights<Landing> flights;
  private final PrefetchBudget prefetchBudget;
  private final AtomicInteger behind = new AtomicInteger();

  /**
   * @param patience how long clients wait
   */
  Fetch(
      ControllerParts parts,
      Rejection rejection,
      @Nullable RebindProtection rebind,
      @Nullable Subnets subnets,
      Duration patience) {
    this.rebind = rebind;
    this.subnets = subnets;
    router = parts.router();
    cache = parts.cache();
    upstreams = parts.upstreams();
    counters = parts.counters();
    clock = parts.clock();
    this.rejection = rejection;
    this.patience = patience;
    Duration nearlyAll = patience.minus(patience.dividedBy(RESERVE));
    staleAfter = STALE_AFTER.compareTo(nearlyAll) < 0 ? STALE_AFTER : nearlyAll;
    budget = parts.settings().queryTimeout();
    flights = new Flights<>(parts.flightThreads(), clock);
    prefetchBudget = new PrefetchBudget(clock.nanoTime());
  }

  /**
   * From the cache, else by a flight: a new one, on this thread, or the one that is under way for
   * this key. May take longer than a client waits; see {@link #late}.
   */
  Landing land(Pending pending) throws InterruptedException {
    Lookup look = new Lookup();
    return switch (cache.look(pending.key(), look)) {
      case FRESH -> Landing.cached(look.answer());
      case STALE -> {
        if (look.refreshDue()) {
          refresh(pending, Counter.REFRESHES);
        }
        yield Landing.stale(look.answer());
      }
      case MISSING -> look.hasLastResort() ? landOr(look, pending) : land(pending, flightEnd());
    };
  }

  /**
   * For a question of the IP version that is not preferred: asks for both side by side, and gives
   * nothing if the name has addresses of the other.
   *
   * @param preferred the same question for the other version
   */
  Landing landUnless(Pending pending, Pending preferred) throws InterruptedException {
    long deadlineNanos = flightEnd();
    Flights<Landing>.Seat other = flights.board(preferred.key(), () -> fly(preferred));
    Flights<Landing>.Seat own = flights.board(pending.key(), () -> fly(pending));
    counters.add(other.started() ? Counter.FLIGHTS_STARTED : Counter.FLIGHTS_JOINED);
    counters.add(own.started() ? Counter.FLIGHTS_STARTED : Counter.FLIGHTS_JOINED);
    int type = preferred.query().type();
    Optional<Landing> first = other.await(moment(deadlineNanos));
    if (first.isPresent() && Preference.has(first.get().answer(), type)) {
      return Landing.preferred(Preference.NOTHING);
    }
    boolean waitedEnough = first.isPresent() || cache.find(pending.key()).isPresent();
    Landing landing = land(pending);
    if (waitedEnough) {
      return landing;
    }
    Optional<Landing> last = other.await(moment(deadlineNanos));
    return last.isPresent() && Preference.has(last.get().answer(), type)
        ? Landing.preferred(Preference.NOTHING)
        : landing;
  }

  private long moment(long deadlineNanos) {
    long moment = clock.nanoTime() + Preference.MOMENT.toNanos();
    return moment - deadlineNanos < 0 ? moment : deadlineNanos;
  }

  private long flightEnd() {
    return clock.nanoTime() + FLIGHT_BUDGETS * budget.toNanos();
  }

  private Landing land(Pending pending, long deadlineNanos) throws InterruptedException {
    return flights
        .fly(pending.key(), () -> fly(pending), this::count, deadlineNanos)
        .orElseGet(() -> Landing.failed(noAnswerInTime(pending.upstream())));
  }

  /** Waits for the flight no longer than need be, for there is a last resort. */
  private Landing landOr(Lookup look, Pending pending) throws InterruptedException {
    Flights<Landing>.Seat seat = flights.board(pending.key(), () -> fly(pending));
    count(seat.started());
    Optional<Landing> landing = seat.await(clock.nanoTime() + staleAfter.toNanos());
    if (landing.isPresent()) {
      return landing.get();
    }
    counters.add(Counter.FLIGHTS_OUTWAITED);
    return Landing.stale(look.answer());
  }

  private void count(boolean started) {
    if (started) {
      counters.add(Counter.FLIGHTS_STARTED);
      prefetchBudget.flightStarted();
    } else {
      counters.add(Counter.FLIGHTS_JOINED);
    }
  }

  /** What a client gets whose time is up before its flight has landed. */
  Landing late(Pending pending) {
    counters.add(Counter.FLIGHTS_OUTWAITED);
    return Landing.failed(noAnswerInTime(pending.upstream()));
  }

  /** Ends all flights: who waits hears {@link #CLOSING}, and so does who comes. */
  void end() {
    flights.end();
  }

  void prefetch(Pending pending) {
    if (prefetchBudget.take(clock.nanoTime())) {
      refresh(pending, Counter.PREFETCHES);
    } else {
      counters.add(Counter.PREFETCHES_OVER_BUDGET);
    }
  }

  /** Asks again for what is in the cache, with nobody waiting. */
  void refresh(Pending pending, Counter why) {
    if (behind.incrementAndGet() > MAX_BEHIND) {
      behind.decrementAndGet();
      counters.add(Counter.REFRESHES_OVER_BOUND);
      return;
    }
    Flights<Landing>.Seat seat = flights.board(pending.key(), () -> flyBehind(pending));
    if (seat.started()) {
      counters.add(why);
    } else {
      behind.decrementAndGet();
    }
  }

  private Landing flyBehind(Pending pending) {
    try {
      Landing landing = askAndKeep(pending);
      if (landing.how() != Counter.ANSWERED_FROM_UPSTREAM
          && landing.how() != Counter.ANSWERED_BY_RULE) {
        counters.add(Counter.REFRESHES_FAILED);
      }
      return landing;
    } finally {
      behind.decrementAndGet();
    }
  }

  /** On the flight's thread: asks, unless an answer has landed just before. */
  private Landing fly(Pending pending) {
    Optional<Answer> landedBefore = cache.find(pending.key());
    return landedBefore.map(Landing::cached).orElseGet(() -> askAndKeep(pending));
  }

  /** Asks, keeps what came, and so tells all who wait; what is stale is better than a failure. */
  private Landing askAndKeep(Pending pending) {
    CacheKey key = pending.key();
    try {
      Landing landing = ask(pending);
      Answer answer = landing.answer();
      if (landing.how() == Counter.ANSWERED_BY_RULE) {
        cache.keepRejection(key, answer);
        return landing;
      }
      if (answer.kind() == Answer.Kind.FAILURE) {
        return cache.keepFailure(key, answer).map(Landing::stale).orElse(landing);
      }
      return new Landing(cache.keep(key, answer), landing.how(), landing.from());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Landing.failed(CLOSING);
    } catch (IOException e) {
      Answer failure = failure(e);
      // A rule forbids it to this client: of the upstream that says nothing, nor to the next client.
      return isForbidden(e)
          ? Landing.failed(failure)
          : cache
              .keepUnreachable(key, failure)
              .map(Landing::stale)
              .orElseGet(() -> Landing.failed(failure));
    }
  }

  /** Upstream, then response rules, which may name the next upstream. */
  private Landing ask(Pending pending) throws IOException, InterruptedException {
    long deadlineNanos = clock.nanoTime() + FLIGHT_BUDGETS * budget.toNanos();
    Query query = pending.query();
    String upstream = pending.upstream();
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      Upstreams.Reply reply = ask(query, pending.key(), upstream, deadlineNanos);
      Answer answer = reply.answer();
      switch (router.response(query.question(), answer, upstream, reply.by())) {
        case ResponseRoute.Accept accept -> {
          boolean trusted = accept.named() || pending.key().isTrusted();
          return trusted || !mayRebind(answer)
              ? Landing.upstream(answer, reply.by())
              : Landing.rejected(RebindProtection.INSTEAD);
        }
        case ResponseRoute.Reject _ -> {
          return Landing.rejected(rejection.answer(query.type()));
        }
        case ResponseRoute.Ask next -> upstream = next.upstream();
      }
    }
    throw new UpstreamException(
        ExtendedError.OTHER,
        "response rules named a fourth upstream, '" + upstream + "', after three were asked");
  }

  private Upstreams.Reply ask(Query query, CacheKey key, String upstream, long deadlineNanos)
      throws IOException, InterruptedException {
    if (subnets == null) {
      return askOnce(query, upstream, deadlineNanos);
    }
    Query told = subnets.told(query, key, upstream);
    Upstreams.Reply reply = askOnce(told, upstream, deadlineNanos);
    if (reply.answer().rcode().equals(Rcode.REFUSED) && told.subnet().isPresent()) {
      told = told.telling(null); // some servers refuse whoever tells of a subnet
      reply = askOnce(told, upstream, deadlineNanos);
    }
    return new Upstreams.Reply(Subnets.heard(told, reply.answer()), reply.by());
  }

  private Upstreams.Reply askOnce(Query query, String upstream, long deadlineNanos)
      throws IOException, InterruptedException {
    return upstream.equals(ASIS)
        ? new Upstreams.Reply(upstreams.askAsIs(query, deadlineNanos), ASIS)
        : upstreams.ask(query, upstream, deadlineNanos);
  }

  private boolean mayRebind(Answer answer) {
    boolean blocked = rebind != null && rebind.objects(answer);
    if (blocked) {
      counters.add(Counter.REBINDS_BLOCKED);
    }
    return blocked;
  }

  private Answer noAnswerInTime(String upstream) {
    String text = "no answer from " + upstream + " within " + patience.toMillis() + " ms";
    return Answer.failure(Rcode.SERVFAIL, ExtendedError.NO_REACHABLE_AUTHORITY, text);
  }

  private static boolean isForbidden(IOException e) {
    return e instanceof UpstreamException upstream
        && upstream.error().equals(ExtendedError.PROHIBITED);
  }

  private static Answer failure(IOException e) {
    ExtendedError error =
        switch (e) {
          case UpstreamException upstream -> upstream.error();
          case MalformedMessageException _ -> ExtendedError.INVALID_DATA;
          default -> ExtendedError.NETWORK_ERROR;
        };
    String message = e.getMessage();
    return Answer.failure(Rcode.SERVFAIL, error, message == null ? "" : message);
  }
}
