package dev.gander.controller;

import dev.gander.cache.AnswerCache;
import dev.gander.cache.CacheKey;
import dev.gander.cache.Lookup;
import dev.gander.clock.Clock;
import dev.gander.config.Rule;
import dev.gander.forward.Upstreams;
import dev.gander.local.LocalNames;
import dev.gander.local.PrivateAddresses;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.Rcode;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.observe.QueryEvents;
import dev.gander.route.DnsRouter;
import dev.gander.route.RequestRoute;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
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

  /**
   * The part of {@code query_timeout} kept back: SERVFAIL must reach a client that waits just as
   * long (5 s is the default of glibc and dig, too) before it turns away.
   */
  private static final int RESERVE = 10;

  private static final Answer NO_RECURSION =
      Answer.failure(
          Rcode.REFUSED, ExtendedError.NOT_AUTHORITATIVE, "RD is clear and nothing is cached");
  private static final Answer NOBODY_ASKED =
      Answer.failure(
          Rcode.SERVFAIL,
          ExtendedError.OTHER,
          "rule says asis, but this query came to dns.bind: name an upstream in routing.request");
  private static final Answer BUG =
      Answer.failure(Rcode.SERVFAIL, ExtendedError.OTHER, "internal error");

  private static final Logger LOG = System.getLogger("dev.gander.controller");

  private final @Nullable ClientRateLimit limiter;
  private final LocalNames local;
  private final DnsRouter router;
  private final AnswerCache cache;
  private final Upstreams upstreams;
  private final Counters counters;
  private final QueryEvents events;
  private final Clock clock;
  private final Rejection rejection;
  private final @Nullable RebindProtection rebind;
  private final @Nullable Preference preference;
  private final @Nullable Subnets subnets;
  private final Duration patience;
  private final int maxInFlight;
  private final Fetch fetch;
  private final Published published;

  /** Whether a server's word on one name holds for those below, whatever rules say of them. */
  private final boolean cutsHold;

  private final AtomicInteger inFlight = new AtomicInteger();
  private final ThreadLocal<Desk> desks = ThreadLocal.withInitial(Desk::new);

  /** What one reading thread decides with, from one query to the next. */
  private static final class Desk {
    final CacheKey probe = CacheKey.probe();
    final CacheKey preferredProbe = CacheKey.probe();
    final Lookup look = new Lookup();
    @Nullable RequestRoute preferredRoute;
    @Nullable RequestRoute route;
  }

  /**
   * A query that must wait, with what has been decided about it. One place is taken for it.
   *
   * @param query who asked what
   * @param preferred the question for the IP version that comes before this one's, if one does
   */
  public record Pending(
      Query query, RequestRoute route, CacheKey key, @Nullable Pending preferred) {

    Pending(Query query, RequestRoute route, CacheKey key) {
      this(query, route, key, null);
    }

    /** Name of the first to be asked. */
    String upstream() {
      return route instanceof RequestRoute.To to ? to.upstream() : Fetch.ASIS;
    }
  }

  public QueryController(ControllerParts parts) {
    limiter =
        ClientRateLimit.of(parts.settings().clientRateLimit(), parts.clock(), parts.counters());
    local = parts.local();
    router = parts.router();
    cache = parts.cache();
    upstreams = parts.upstreams();
    counters = parts.counters();
    events = parts.events();
    clock = parts.clock();
    maxInFlight = parts.maxInFlight();
    rejection = new Rejection(parts.settings().rejectAnswer());
    Duration budget = parts.settings().queryTimeout();
    patience = budget.minus(budget.dividedBy(RESERVE));
    rebind = RebindProtection.of(parts.settings());
    preference = Preference.of(parts.settings());
    subnets = Subnets.of(parts.settings());
    fetch = new Fetch(parts, rejection, rebind, subnets, patience);
    published = new Published(parts, preference, subnets);
    cutsHold = parts.settings().response().rules().stream().noneMatch(QueryController::reads);
  }

  /**
   * Answers what needs no waiting: names of hosts and special names, rejected names, cached
   * answers, clients that ask too much, and messages that are no query. Allocates nothing for a
   * hit.
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
    if (limiter != null && limiter.refuses(client)) {
      return ended(limiter.answer(query, out), Counter.REFUSED_RATE_LIMIT, query, client, out);
    }
    Answer host = local.host(query);
    if (host != null) {
      published.settled(query, client, host);
      return answerLocally(host, query, client, out);
    }
    Desk desk = desks.get();
    RequestRoute route = router.request(query, client);
    Answer special = route.named() ? null : special(route, query, client);
    if (special != null) {
      return answerLocally(special, query, client, out);
    }
    desk.route = route;
    desk.preferredRoute = null;
    if (route instanceof RequestRoute.Reject) {
      return reject(query, client, out);
    }
    if (!point(desk.probe, route, query, client)) {
      int length = query.writeStatus(Rcode.FORMERR, out);
      return ended(length, Counter.ANSWERED_MALFORMED, query, client, out);
    }
    // Without RD a client may know what others have asked for, but not have it asked.
    boolean mayAsk = query.recursionDesired() || route instanceof RequestRoute.AsIs;
    int preferred = preference == null ? 0 : preference.over(query, desk.probe.policy());
    return preferred == 0
        ? answerFromCache(query, client, desk, mayAsk, out)
        : answerUnless(preferred, query, client, desk, mayAsk, out);
  }

  /**
   * Points the probe at what is kept of this question on this route.
   *
   * @return false if the query's client subnet is malformed
   */
  private boolean point(CacheKey probe, RequestRoute route, QueryView query, Client client) {
    if (route instanceof RequestRoute.To to) {
      probe.pointAt(query, to.upstream()).by(upstreams.exits(client, to.upstream()));
    } else {
      probe.pointAtAsked(query, client).by(upstreams.exitsAsIs(client));
    }
    if (rebind != null && rebind.trusts(route, client)) {
      probe.trusted();
    }
    return subnets == null || subnets.point(probe, query, client);
  }

  /** Answers with nothing if the name has addresses of the preferred type, else as ever. */
  private int answerUnless(
      int preferred, QueryView query, Client client, Desk desk, boolean mayAsk, byte[] out) {
    RequestRoute route = router.request(query, preferred, client);
    boolean askable =
        switch (route) {
          case RequestRoute.Reject _ -> false;
          case RequestRoute.AsIs _ -> client.intercepted();
          case RequestRoute.To _ -> true;
        };
    if (!askable) {
      return answerFromCache(query, client, desk, mayAsk, out);
    }
    boolean _ = point(desk.preferredProbe, route, query, client);
    desk.preferredProbe.ofType(preferred);
    Lookup look = desk.look;
    Lookup.Outcome outcome = cache.look(desk.preferredProbe, look);
    if (outcome != Lookup.Outcome.MISSING) {
      if (!Preference.has(look.kept(), preferred)) {
        return answerFromCache(query, client, desk, mayAsk, out);
      }
      if (mayAsk && look.refreshDue()) {
        Query other = query.toQuery(client).ofType(preferred);
        CacheKey key = desk.preferredProbe.ownedBy(other);
        fetch.refresh(new Pending(other, route, key), Counter.REFRESHES);
      }
      int limit = query.answerLimit(client.transport());
      int length = Preference.NOTHING.writeTo(query, 0, limit, out);
      return ended(length, Counter.ANSWERED_BY_PREFERENCE, query, client, out);
    }
    boolean nothingToHide =
        cache.look(desk.probe, look) == Lookup.Outcome.FRESH
            && !Preference.has(look.kept(), query.type());
    if (nothingToHide || !mayAsk) {
      return answerFromCache(query, client, desk, mayAsk, out);
    }
    desk.preferredRoute = route;
    return takePlace() ? ASK : refuse(query, client, Counter.REFUSED_OVERLOAD, out);
  }

  /** What would become of a well-formed query if it came now. */
  public Preview preview(QueryView query, Client client) {
    RequestRoute route = router.request(query, client);
    Answer host = local.host(query);
    Answer answer = host != null || route.named() ? host : special(route, query, client);
    CacheKey probe = CacheKey.probe();
    if (answer != null
        || route instanceof RequestRoute.Reject
        || !point(probe, route, query, client)) {
      return new Preview(answer, route, null, Optional.empty());
    }
    return new Preview(null, route, probe.copy(), cache.find(probe));
  }

  private int reject(QueryView query, Client client, byte[] out) {
    Answer answer = rejection.answer(query.type());
    int length = answer.writeTo(query, 0, query.answerLimit(client.transport()), out);
    published.settled(query, client, answer);
    return ended(length, Counter.ANSWERED_BY_RULE, query, client, out);
  }

  private int answerFromCache(
      QueryView query, Client client, Desk desk, boolean mayAsk, byte[] out) {
    Lookup look = desk.look;
    int limit = query.answerLimit(client.transport());
    return switch (cache.look(desk.probe, look)) {
      case FRESH -> {
        int length = look.writeTo(query, limit, out);
        if (mayAsk && look.refreshDue()) {
          fetch.prefetch(pending(query, client));
        }
        published.found(query, client, desk.probe, look);
        yield ended(length, Counter.ANSWERED_FROM_CACHE, query, client, out);
      }
      case STALE -> {
        int length = look.writeTo(query, limit, out);
        if (mayAsk && look.refreshDue()) {
          fetch.refresh(pending(query, client), Counter.REFRESHES);
        }
        published.found(query, client, desk.probe, look);
        yield ended(length, Counter.ANSWERED_STALE, query, client, out);
      }
      case MISSING -> {
        if (cutsHold && cache.lookAbove(desk.probe, look) == Lookup.Outcome.FRESH) {
          counters.add(Counter.NXDOMAIN_CUTS);
          int length = look.writeTo(query, limit, out);
          yield ended(length, Counter.ANSWERED_FROM_CACHE, query, client, out);
        }
        if (!mayAsk) {
          int refusal = NO_RECURSION.writeTo(query, 0, limit, out);
          yield ended(refusal, Counter.REFUSED_NO_RECURSION, query, client, out);
        }
        yield takePlace() ? ASK : refuse(query, client, Counter.REFUSED_OVERLOAD, out);
      }
    };
  }

  /** Messages that are no query, and queries nobody can answer (RFC 1035, 6891, 8906, 9619). */
  private int answerOdd(QueryView query, Client client, byte[] out) {
    return switch (query.verdict()) {
      case TOO_SHORT -> ended(DROP, Counter.DROPPED_TOO_SHORT, query, client, out);
      case RESPONSE -> ended(DROP, Counter.DROPPED_RESPONSE, query, client, out);
      case REFUSED -> refuse(query, client, Counter.REFUSED_TRANSFER, out);
      default -> {
        int length = query.writeStatus(query.verdict().rcode(), out);
        yield ended(length, Counter.ANSWERED_MALFORMED, query, client, out);
      }
    };
  }

  private int answerLocally(Answer answer, QueryView query, Client client, byte[] out) {
    int length = answer.writeTo(query, 0, query.answerLimit(client.transport()), out);
    return ended(length, Counter.ANSWERED_LOCALLY, query, client, out);
  }

  /** What is said of a name that no rule names and that is for no public server; else null. */
  private @Nullable Answer special(RequestRoute route, QueryView query, Client client) {
    return switch (route) {
      case RequestRoute.Reject _ -> null;
      case RequestRoute.AsIs _ -> {
        boolean inside =
            client.intercepted() && PrivateAddresses.contain(client.askedHigh(), client.askedLow());
        yield local.special(query, inside);
      }
      case RequestRoute.To _ -> local.special(query, false);
    };
  }

  private int refuse(QueryView query, Client client, Counter why, byte[] out) {
    return ended(query.writeStatus(Rcode.REFUSED, out), why, query, client, out);
  }

  private int ended(int result, Counter how, QueryView query, Client client, byte[] out) {
    counters.add(how);
    events.answeredNow(query, client, result > 0 ? out[3] & 0xf : -1, how);
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
    RequestRoute route = Objects.requireNonNull(desk.route);
    CacheKey key = desk.probe.ownedBy(query);
    RequestRoute other = desk.preferredRoute;
    if (other == null) {
      return new Pending(query, route, key);
    }
    CacheKey otherKey = desk.preferredProbe.ownedBy(query);
    return new Pending(
        query, route, key, new Pending(query.ofType(otherKey.type()), other, otherKey));
  }

  /**
   * Answers one query by handing {@code reply} what to say, exactly once and within nine tenths of
   * {@code query_timeout}: on the calling (virtual) thread as a rule; on another if the client's
   * time is up before the flight has landed. The calling thread then still flies, for the cache.
   * Never throws, if {@code reply} does not: a failure is SERVFAIL, with the reason as Extended DNS
   * Error.
   */
  public void answer(Pending pending, Consumer<Answer> reply) {
    long start = clock.nanoTime();
    AtomicBoolean answered = new AtomicBoolean();
    Clock.Alarm timeIsUp =
        clock.alarm(
            start + patience.toNanos(),
            () -> {
              if (answered.compareAndSet(false, true)) {
                reply.accept(ended(pending, fetch.late(pending), start));
              }
            });
    Landing landing = land(pending);
    timeIsUp.cancel();
    if (answered.compareAndSet(false, true)) {
      published.landed(pending.query(), pending.key());
      reply.accept(ended(pending, landing, start));
    }
  }

  /** Counts how the query ended and gives its place back. */
  private Answer ended(Pending pending, Landing landing, long startNanos) {
    counters.add(landing.how());
    inFlight.decrementAndGet(); // who sees nothing under way finds all counted
    long nanos = clock.nanoTime() - startNanos;
    events.answered(pending.query(), landing.answer(), landing.how(), landing.from(), nanos);
    return landing.answer();
  }

  /** The one place where an exception becomes an answer. */
  private Landing land(Pending pending) {
    try {
      return decide(pending);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Landing.failed(Fetch.CLOSING);
    } catch (RuntimeException e) {
      if (e.getCause() instanceof RejectedExecutionException) {
        return Landing.failed(Fetch.CLOSING);
      }
      LOG.log(Level.ERROR, () -> "bug: no answer to " + pending.query(), e);
      return Landing.failed(BUG);
    }
  }

  private Landing decide(Pending pending) throws InterruptedException {
    Query query = pending.query();
    return switch (pending.route()) {
      case RequestRoute.Reject _ -> Landing.rejected(rejection.answer(query.type()));
      case RequestRoute.AsIs _ when !query.client().intercepted() -> Landing.failed(NOBODY_ASKED);
      case RequestRoute.AsIs _, RequestRoute.To _ -> {
        Pending preferred = pending.preferred();
        yield preferred == null ? fetch.land(pending) : fetch.landUnless(pending, preferred);
      }
    };
  }

  /** Ends what is under way; it is answered with SERVFAIL, and so is what comes. */
  public void end() {
    fetch.end();
  }

  /** What a request rule that rejects says to a question of this type. */
  public Answer rejection(int type) {
    return rejection.answer(type);
  }

  /** Queries under way: what a generation waits for before it closes. */
  public int inFlight() {
    return inFlight.get();
  }

  /** Whether a response rule looks at the question. */
  private static boolean reads(Rule rule) {
    return rule.terms().stream()
        .anyMatch(term -> term.function().equals("qname") || term.function().equals("qtype"));
  }
}
