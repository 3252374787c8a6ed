package dev.gander.cache;

import dev.gander.clock.Clock;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One flight for each key at a time: the first query for it starts one, those that come while it is
 * under way wait for the same result. A flight goes on whoever stops waiting for it; what it brings
 * late still fills the cache. Any thread.
 *
 * @param <R> what a flight brings; failures are results too
 */
public final class Flights<R> {

  private final ConcurrentMap<CacheKey, Flight<R>> flying = new ConcurrentHashMap<>();
  private final Executor threads;
  private final Clock clock;
  private volatile boolean ended;

  /** A flight under way. */
  private static final class Flight<R> extends CompletableFuture<R> {

    private @Nullable Thread pilot;

    synchronized void begin() {
      pilot = Thread.currentThread();
    }

    /** From here on the thread is its owner's again. */
    synchronized void land() {
      pilot = null;
    }

    synchronized void interrupt() {
      if (pilot != null) {
        pilot.interrupt();
      }
    }
  }

  /**
   * @param threads starts a virtual thread for each flight that {@link #board}ing starts
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
   * Flies to {@code key} on the calling thread, or waits for the flight that is under way.
   *
   * @param task as for {@link #board}
   * @param started told, before anything is waited for, whether this started the flight
   * @param deadlineNanos of the clock: until when to wait for another's flight
   * @return the result; empty if another's flight has not landed by then
   * @throws java.util.concurrent.CompletionException if a task threw, this or another's
   * @throws InterruptedException if this thread is interrupted while it waits for another's flight
   */
  public Optional<R> fly(
      CacheKey key, Supplier<R> task, Consumer<Boolean> started, long deadlineNanos)
      throws InterruptedException {
    Flight<R> mine = new Flight<>();
    Flight<R> theirs = flying.putIfAbsent(key, mine);
    started.accept(theirs == null);
    if (theirs != null) {
      return new Seat(theirs, false).await(deadlineNanos);
    }
    fly(key, mine, task);
    if (ended) {
      boolean _ = Thread.interrupted(); // it was meant for the flight
    }
    return Optional.of(mine.join());
  }

  /**
   * Takes a seat on the flight for {@code key}, starting it on a thread of its own if there is
   * none.
   *
   * @param task brings the result; keeps it too, before it returns, so that who comes after finds
   *     it
   */
  public Seat board(CacheKey key, Supplier<R> task) {
    Flight<R> mine = new Flight<>();
    Flight<R> theirs = flying.putIfAbsent(key, mine);
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

  /** Interrupts all who fly, and turns away who comes. */
  public void end() {
    ended = true;
    flying.values().forEach(Flight::interrupt);
  }

  private void fly(CacheKey key, Flight<R> flight, Supplier<R> task) {
    flight.begin();
    try {
      if (ended) {
        throw new RejectedExecutionException("no flights any more");
      }
      R result = task.get();
      land(key, flight).complete(result);
    } catch (RuntimeException | Error e) {
      land(key, flight).completeExceptionally(e);
    }
  }

  /**
   * Frees the key before anyone hears, so that who asks again does not meet a flight that is over.
   */
  private Flight<R> land(CacheKey key, Flight<R> flight) {
    flying.remove(key, flight);
    flight.land();
    return flight;
  }
}
