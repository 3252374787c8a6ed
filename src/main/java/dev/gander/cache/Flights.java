package dev.gander.cache;

import dev.gander.clock.Clock;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * One flight for each key at a time: the first query for it starts one, those that come while it is
 * under way wait for the same result. A flight has a thread of its own and so outlives any client's
 * patience; what it brings late still fills the cache. Any thread.
 *
 * @param <R> what a flight brings; failures are results too
 */
public final class Flights<R> {

  private final ConcurrentMap<CacheKey, CompletableFuture<R>> flying = new ConcurrentHashMap<>();
  private final Executor threads;
  private final Clock clock;

  /**
   * @param threads starts a virtual thread for each flight
   */
  public Flights(Executor threads, Clock clock) {
    this.threads = threads;
    this.clock = clock;
  }

  /** A place on a flight. */
  public final class Seat {

    private final CompletableFuture<R> landing;
    private final boolean started;

    private Seat(CompletableFuture<R> landing, boolean started) {
      this.landing = landing;
      this.started = started;
    }

    /** Whether this query's coming started the flight; else it joined one. */
    public boolean started() {
      return started;
    }

    /**
     * Blocks until the flight has landed, or until {@code deadlineNanos} of the clock.
     *
     * @return its result; empty if the deadline came first
     * @throws java.util.concurrent.CompletionException if the flight's task threw
     * @throws InterruptedException if this thread is interrupted; the flight goes on
     */
    public Optional<R> await(long deadlineNanos) throws InterruptedException {
      return clock.await(landing, deadlineNanos) ? Optional.of(landing.join()) : Optional.empty();
    }
  }

  /**
   * Takes a seat on the flight for {@code key}, starting it if there is none.
   *
   * @param task brings the result; keeps it too, before it returns, so that who comes after finds
   *     it
   */
  public Seat board(CacheKey key, Supplier<R> task) {
    CompletableFuture<R> mine = new CompletableFuture<>();
    CompletableFuture<R> theirs = flying.putIfAbsent(key, mine);
    if (theirs != null) {
      return new Seat(theirs, false);
    }
    try {
      threads.execute(() -> fly(key, mine, task));
    } catch (RuntimeException e) {
      land(key, mine).completeExceptionally(e);
    }
    return new Seat(mine, true);
  }

  /** Flights under way. */
  public int count() {
    return flying.size();
  }

  private void fly(CacheKey key, CompletableFuture<R> landing, Supplier<R> task) {
    try {
      R result = task.get();
      land(key, landing).complete(result);
    } catch (RuntimeException | Error e) {
      land(key, landing).completeExceptionally(e);
    }
  }

  /**
   * Frees the key before anyone hears, so that who asks again does not meet a flight that is over.
   */
  private CompletableFuture<R> land(CacheKey key, CompletableFuture<R> landing) {
    flying.remove(key, landing);
    return landing;
  }
}
