package dev.gander.controller;

import dev.gander.cache.AnswerCache;
import dev.gander.cache.CacheKey;
import dev.gander.cache.Flights;
import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings;
import dev.gander.forward.UpstreamException;
import dev.gander.forward.Upstreams;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.MalformedMessageException;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.Rcode;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.observe.QueryEvents;
import dev.gander.route.DnsRouter;
import dev.gander.route.RequestRoute;
import dev.gander.route.ResponseRoute;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The journey of a query: rules, cache, flight, upstream, rules again. A listener first calls
 * {@link #answerNow} on the thread that read the query; what that cannot answer goes, on a virtual
 * thread, to {@link #answer}. Each query is counted once when it comes and once for how it ends.
 */
public final class QueryController {

  /** Queries under way at one time, unless the constructor is told otherwise. */
  public static final int MAX_IN_FLIGHT = 16_384;

  /** {@link #answerNow}: the query needs {@link #answer}. */
  public static final int ASK = 0;

  /** {@link #answerNow}: nobody is answered. */
  public static final int DROP = -1;

  /** Upstreams asked one after another for one query, because response rules say so; as dae. */
  private static final int MAX_DEPTH = 3;

  /** How much longer than a client a flight waits: what comes late still fills the cache. */
  private static final int FLIGHT_BUDGETS = 2;

  /**
   * The part of {@code query_timeout} kept back: SERVFAIL must reach a client that waits just as
   * long (5 s is the default of glibc and dig, too) before it turns away.
   */
  private static final int RESERVE = 10;

  private static final String ASIS = "asis";

  private static final Answer NO_RECURSION =
      Answer.failure(
          Rcode.REFUSED, ExtendedError.NOT_AUTHORITATIVE, "RD is clear and nothing is cached");
  private static final Answer NOBODY_ASKED =
      Answer.failure(
          Rcode.SERVFAIL,
          ExtendedError.OTHER,
          "rule says asis, but this query came to dns.bind: name an upstream in routing.request");
  private static final Answer CLOSING =
      Answer.failure(Rcode.SERVFAIL, ExtendedError.NOT_READY, "gander is stopping");
  private static final Answer BUG =
      Answer.failure(Rcode.SERVFAIL, ExtendedError.OTHER, "internal error");

  private static final Logger LOG = System.getLogger("dev.gander.controller");

  private final DnsRouter router;
  private final AnswerCache cache;
  private final Upstreams upstreams;
  private final Counters counters;
  private final QueryEvents events;
  private final Clock clock;
  private final Rejection rejection;
  private final Duration budget;
  private final Duration patience;
  private final int maxInFlight;
  private final Flights<Landing> flights;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final ThreadLocal<Desk> desks = ThreadLocal.withInitial(Desk::new);

  /**
   * What a controller is made of.
   *
   * @param settings for {@code query_timeout} and {@code reject_answer}
   * @param flightThreads starts a virtual thread for each question that goes upstream; a closed one
   *     turns them into SERVFAIL
   * @param events hears what happens to queries
   * @param maxInFlight queries under way at one time
   */
  public record Parts(
      DnsSettings settings,
      DnsRouter router,
      AnswerCache cache,
      Upstreams upstreams,
      Counters counters,
      Clock clock,
      Executor flightThreads,
      QueryEvents events,
      int maxInFlight) {

    /** The parts without which there is no controller; the others do nothing, or as by default. */
    public static Parts of(
        DnsSettings settings,
        DnsRouter router,
        AnswerCache cache,
        Upstreams upstreams,
        Counters counters,
        Clock clock,
        Executor flightThreads) {
      return new Parts(
          settings,
          router,
          cache,
          upstreams,
          counters,
          clock,
          flightThreads,
          QueryEvents.NONE,
          MAX_IN_FLIGHT);
    }

    /** The same, but for who hears what happens. */
    public Parts with(QueryEvents other) {
      return new Parts(
          settings, router, cache, upstreams, counters, clock, flightThreads, other, maxInFlight);
    }

    /** The same, but for how many queries may be under way. */
    public Parts withMaxInFlight(int other) {
      return new Parts(
          settings, router, cache, upstreams, counters, clock, flightThreads, events, other);
    }
  }

  /** What one reading thread decides with, from one query to the next. */
  private static final class Desk {
    final CacheKey probe = CacheKey.probe();
    @Nullable RequestRoute route;
  }

  /**
   * A query that must wait, with what has been decided about it. One place is taken for it.
   *
   * @param query who asked what
   */
  public record Pending(Query query, RequestRoute route, CacheKey key) {}

  public QueryController(Parts parts) {
    router = parts.router();
    cache = parts.cache();
    upstreams = parts.upstreams();
    counters = parts.counters();
    events = parts.events();
    clock = parts.clock();
    maxInFlight = parts.maxInFlight();
    rejection = new Rejection(parts.settings().rejectAnswer());
    budget = parts.settings().queryTimeout();
    patience = budget.minus(budget.dividedBy(RESERVE));
    flights = new Flights<>(parts.flightThreads(), clock);
  }

  /**
   * Answers what needs no waiting: cached answers, rejected names, and messages that are no query.
   * Allocates nothing for a hit.
   *
   * @param query parsed by the calling thread, whatever its verdict
   * @param client reused by the calling thread
   * @param out at least 1232 bytes for UDP, 65,535 for TCP
   * @return length of the reply in {@code out}; or {@link #ASK}: the caller must now call {@link
   *     #pending} and have {@link #answer} called with it, exactly once, for a place is taken; or
   *     {@link #DROP}
   */
  public int answerNow(QueryView query, Client client, byte[] out) {
    counters.add(Counter.RECEIVED);
    if (query.verdict() != QueryView.Verdict.OK) {
      return answerOdd(query, client, out);
    }
    int limit = query.answerLimit(client.transport());
    Desk desk = desks.get();
    CacheKey probe = desk.probe;
    RequestRoute route = router.request(query, client);
    desk.route = route;
    boolean mayAsk = true;
    switch (route) {
      case RequestRoute.Reject _ -> {
        int length = rejection.answer(query.type()).writeTo(query, 0, limit, out);
        return ended(length, Counter.ANSWERED_BY_RULE, query, client);
      }
      case RequestRoute.AsIs _ -> probe.pointAtAsked(query, client);
      case RequestRoute.To to -> {
        probe.pointAt(query, to.upstream());
        // Without RD a client may know what others have asked for, but not have it asked.
        mayAsk = query.recursionDesired();
      }
    }
    int length = cache.writeTo(probe, query, limit, out);
    if (length > 0) {
      return ended(length, Counter.ANSWERED_FROM_CACHE, query, client);
    }
    if (!mayAsk) {
      int refusal = NO_RECURSION.writeTo(query, 0, limit, out);
      return ended(refusal, Counter.REFUSED_NO_RECURSION, query, client);
    }
    return takePlace() ? ASK : refuse(query, client, Counter.REFUSED_OVERLOAD, out);
  }

  /** Messages that are no query, and queries nobody can answer (RFC 1035, 6891, 8906, 9619). */
  private int answerOdd(QueryView query, Client client, byte[] out) {
    return switch (query.verdict()) {
      case TOO_SHORT -> ended(DROP, Counter.DROPPED_TOO_SHORT, query, client);
      case RESPONSE -> ended(DROP, Counter.DROPPED_RESPONSE, query, client);
      case REFUSED -> refuse(query, client, Counter.REFUSED_TRANSFER, out);
      default -> {
        int length = query.writeStatus(query.verdict().rcode(), out);
        yield ended(length, Counter.ANSWERED_MALFORMED, query, client);
      }
    };
  }

  private int refuse(QueryView query, Client client, Counter why, byte[] out) {
    return ended(query.writeStatus(Rcode.REFUSED, out), why, query, client);
  }

  private int ended(int result, Counter how, QueryView query, Client client) {
    counters.add(how);
    events.answeredNow(query, client, how);
    return result;
  }

  private boolean takePlace() {
    if (inFlight.incrementAndGet() <= maxInFlight) {
      return true;
    }
    inFlight.decrementAndGet();
    return false;
  }

  /**
   * Takes a query for which {@link #answerNow} has just returned {@link #ASK} off the reading
   * thread's hands, with the route it was given there.
   */
  public Pending pending(QueryView view, Client client) {
    Desk desk = desks.get();
    Query query = view.toQuery(client);
    return new Pending(query, Objects.requireNonNull(desk.route), desk.probe.ownedBy(query));
  }

  /**
   * Answers one query. Blocks the calling (virtual) thread for at most nine tenths of {@code
   * query_timeout}. Never throws: a failure is SERVFAIL, with the reason as Extended DNS Error.
   */
  public Answer answer(Pending pending) {
    long start = clock.nanoTime();
    Landing landing;
    try {
      landing = land(pending, start + patience.toNanos());
    } finally {
      inFlight.decrementAndGet();
    }
    counters.add(landing.how());
    events.answered(
        pending.query(), landing.answer(), landing.how(), landing.from(), clock.nanoTime() - start);
    return landing.answer();
  }

  /** The one place where an exception becomes an answer. */
  private Landing land(Pending pending, long deadlineNanos) {
    try {
      return decide(pending, deadlineNanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Landing.failed(CLOSING);
    } catch (RuntimeException e) {
      if (e.getCause() instanceof RejectedExecutionException) {
        return Landing.failed(CLOSING);
      }
      LOG.log(Level.ERROR, () -> "bug: no answer to " + pending.query(), e);
      return Landing.failed(BUG);
    }
  }

  private Landing decide(Pending pending, long deadlineNanos) throws InterruptedException {
    Query query = pending.query();
    return switch (pending.route()) {
      case RequestRoute.Reject _ -> Landing.rejected(rejection.answer(query.type()));
      case RequestRoute.AsIs _ when !query.client().intercepted() -> Landing.failed(NOBODY_ASKED);
      case RequestRoute.AsIs _ -> fetch(query, pending.key(), ASIS, deadlineNanos);
      case RequestRoute.To to -> fetch(query, pending.key(), to.upstream(), deadlineNanos);
    };
  }

  /** From the cache, else by a flight: a new one, or the one that is under way for this key. */
  private Landing fetch(Query query, CacheKey key, String upstream, long deadlineNanos)
      throws InterruptedException {
    Optional<Answer> cached = cache.find(key);
    if (cached.isPresent()) {
      return Landing.cached(cached.get());
    }
    Flights<Landing>.Seat seat = flights.board(key, () -> fly(query, key, upstream));
    counters.add(seat.started() ? Counter.FLIGHTS_STARTED : Counter.FLIGHTS_JOINED);
    Optional<Landing> landing = seat.await(deadlineNanos);
    if (landing.isEmpty()) {
      counters.add(Counter.FLIGHTS_OUTWAITED);
    }
    return landing.orElseGet(() -> Landing.failed(noAnswerInTime(upstream)));
  }

  /** On the flight's own thread: asks, keeps what came, and tells all who wait. */
  private Landing fly(Query query, CacheKey key, String upstream) {
    Optional<Answer> landedBefore = cache.find(key);
    if (landedBefore.isPresent()) {
      return Landing.cached(landedBefore.get());
    }
    try {
      Landing landing = ask(query, upstream);
      return new Landing(cache.keep(key, landing.answer()), landing.how(), landing.from());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Landing.failed(CLOSING);
    } catch (IOException e) {
      Answer failure = failure(e);
      cache.keepUnreachable(key, failure);
      return Landing.failed(failure);
    }
  }

  /** Upstream, then response rules, which may name the next upstream. */
  private Landing ask(Query query, String first) throws IOException, InterruptedException {
    long deadlineNanos = clock.nanoTime() + FLIGHT_BUDGETS * budget.toNanos();
    String upstream = first;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      Answer answer =
          upstream.equals(ASIS)
              ? upstreams.askAsIs(query, deadlineNanos)
              : upstreams.ask(query, upstream, deadlineNanos);
      switch (router.response(query.question(), answer, upstream)) {
        case ResponseRoute.Accept _ -> {
          return Landing.upstream(answer, upstream);
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

  /** Queries under way: what a generation waits for before it closes. */
  public int inFlight() {
    return inFlight.get();
  }

  private Answer noAnswerInTime(String upstream) {
    String text = "no answer from " + upstream + " within " + patience.toMillis() + " ms";
    return Answer.failure(Rcode.SERVFAIL, ExtendedError.NO_REACHABLE_AUTHORITY, text);
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
