package dev.gander.controller;

import dev.gander.cache.AnswerCache;
import dev.gander.cache.AnswerSink;
import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings;
import dev.gander.forward.Upstreams;
import dev.gander.local.LocalNames;
import dev.gander.observe.Counters;
import dev.gander.observe.QueryEvents;
import dev.gander.route.DnsRouter;
import java.util.concurrent.Executor;

/**
 * What a {@link QueryController} is made of.
 *
 * @param settings for {@code query_timeout}, {@code reject_answer} and the rate limit
 * @param local answers names that need no upstream
 * @param flightThreads starts a virtual thread for each question that goes upstream; a closed one
 *     turns them into SERVFAIL
 * @param events hears what happens to queries
 * @param sink hears which answers intercepted clients get
 * @param maxInFlight queries under way at one time
 */
public record ControllerParts(
    DnsSettings settings,
    LocalNames local,
    DnsRouter router,
    AnswerCache cache,
    Upstreams upstreams,
    Counters counters,
    Clock clock,
    Executor flightThreads,
    QueryEvents events,
    AnswerSink sink,
    int maxInFlight) {

  /** The parts without which there is no controller; the others do nothing, or as by default. */
  public static ControllerParts of(
      DnsSettings settings,
      DnsRouter router,
      AnswerCache cache,
      Upstreams upstreams,
      Counters counters,
      Clock clock,
      Executor flightThreads) {
    return new ControllerParts(
        settings,
        LocalNames.withoutHosts(),
        router,
        cache,
        upstreams,
        counters,
        clock,
        flightThreads,
        QueryEvents.NONE,
        AnswerSink.NONE,
        QueryController.MAX_IN_FLIGHT);
  }

  /** The same, but for who hears what happens. */
  public ControllerParts with(QueryEvents other) {
    return but(local, other, sink, maxInFlight);
  }

  /** The same, but for the names that need no upstream. */
  public ControllerParts with(LocalNames other) {
    return but(other, events, sink, maxInFlight);
  }

  /** The same, but for who hears which answers are given. */
  public ControllerParts with(AnswerSink other) {
    return but(local, events, other, maxInFlight);
  }

  /** The same, but for how many queries may be under way. */
  public ControllerParts withMaxInFlight(int other) {
    return but(local, events, sink, other);
  }

  private ControllerParts but(
      LocalNames newLocal, QueryEvents newEvents, AnswerSink newSink, int newMaxInFlight) {
    return new ControllerParts(
        settings,
        newLocal,
        router,
        cache,
        upstreams,
        counters,
        clock,
        flightThreads,
        newEvents,
        newSink,
        newMaxInFlight);
  }
}
