package dev.gander.cache;

import static dev.gander.message.Messages.query;
import static dev.gander.message.Messages.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.FakeClock;
import dev.gander.message.RecordType;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class FlightsTest {

  private static final CacheKey KEY =
      CacheKey.of(view(query("www.example.org", RecordType.A)), "up");

  private final FakeClock clock = new FakeClock();
  private final Flights<String> flights = new Flights<>(Thread::startVirtualThread, clock);
  private final CompletableFuture<String> upstream = new CompletableFuture<>();
  private final AtomicInteger asked = new AtomicInteger();

  @Test
  void whoeverAsksWhileAFlightIsUnderWayGetsItsResult() throws InterruptedException {
    Flights<String>.Seat first = flights.board(KEY, this::ask);
    Flights<String>.Seat second = flights.board(KEY, this::ask);

    upstream.complete("answer");

    assertThat(first.started()).isTrue();
    assertThat(second.started()).isFalse();
    assertThat(first.await(inFiveSeconds())).contains("answer");
    assertThat(second.await(inFiveSeconds())).contains("answer");
    assertThat(asked).hasValue(1);
    assertThat(flights.count()).isZero();
  }

  @Test
  void aDeadlineEndsTheWaitButNotTheFlight() throws Exception {
    Flights<String>.Seat seat = flights.board(KEY, this::ask);
    CompletableFuture<Optional<String>> patient = await(seat, inFiveSeconds());
    clock.awaitWaiting(1);

    clock.advance(Duration.ofSeconds(5));

    assertThat(patient.join()).isEmpty();
    assertThat(flights.count()).isEqualTo(1);
    upstream.complete("late");
    assertThat(seat.await(inFiveSeconds())).contains("late");
  }

  @Test
  void afterAFlightHasLandedTheNextOneStarts() throws InterruptedException {
    upstream.complete("answer");
    flights.board(KEY, this::ask).await(inFiveSeconds());

    assertThat(flights.board(KEY, this::ask).started()).isTrue();
  }

  @Test
  void aTaskThatThrowsFailsEverybodyAndFreesTheKey() {
    Flights<String>.Seat seat =
        flights.board(
            KEY,
            () -> {
              throw new IllegalStateException("bug");
            });

    assertThatThrownBy(() -> seat.await(inFiveSeconds())).hasMessageContaining("bug");
    assertThat(flights.count()).isZero();
  }

  @Test
  void aFlightThatCannotStartFailsAtOnce() {
    Flights<String> grounded =
        new Flights<>(
            task -> {
              throw new RejectedExecutionException("closed");
            },
            clock);

    assertThatThrownBy(() -> grounded.board(KEY, this::ask).await(inFiveSeconds()))
        .hasMessageContaining("closed");
    assertThat(grounded.count()).isZero();
  }

  @Test
  void aFlightOnTheCallersThreadIsOneOthersCanJoin() throws Exception {
    CompletableFuture<Boolean> pilot = new CompletableFuture<>();
    CompletableFuture<Optional<String>> first = flyAside(pilot::complete, this::ask);
    assertThat(pilot.join()).isTrue();

    CompletableFuture<Boolean> passenger = new CompletableFuture<>();
    CompletableFuture<Optional<String>> second = flyAside(passenger::complete, this::ask);
    clock.awaitWaiting(1);
    upstream.complete("answer");

    assertThat(passenger.join()).isFalse();
    assertThat(first.join()).contains("answer");
    assertThat(second.join()).contains("answer");
    assertThat(asked).hasValue(1);
  }

  @Test
  void anEndInterruptsWhoFliesAndTurnsAwayWhoComes() throws Exception {
    CompletableFuture<Boolean> flying = new CompletableFuture<>();
    CompletableFuture<String> inside = new CompletableFuture<>();
    CompletableFuture<Optional<String>> cut =
        flyAside(
            flying::complete,
            () -> {
              inside.complete("");
              try {
                return new CompletableFuture<String>().get();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return "interrupted";
              } catch (ExecutionException e) {
                throw new AssertionError(e);
              }
            });
    inside.join();

    flights.end();

    assertThat(cut.join()).contains("interrupted");
    assertThatThrownBy(() -> flights.fly(KEY, this::ask, started -> {}, inFiveSeconds()))
        .hasMessageContaining("no flights any more");
    assertThat(flights.count()).isZero();
  }

  /** Flies on a thread of its own, which must not be interrupted any more when it has landed. */
  private CompletableFuture<Optional<String>> flyAside(
      Consumer<Boolean> started, Supplier<String> task) {
    CompletableFuture<Optional<String>> result = new CompletableFuture<>();
    Thread.startVirtualThread(() -> {
      try {
        Optional<String> landed = flights.fly(KEY, task, started, inFiveSeconds());
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        result.complete(landed);
      } catch (InterruptedException | AssertionError e) {
        result.completeExceptionally(e);
      }
    });
    return result;
  }

  private String ask() {
    asked.incrementAndGet();
    return upstream.join();
  }

  private long inFiveSeconds() {
    return clock.nanoTime() + Duration.ofSeconds(5).toNanos();
  }

  private static CompletableFuture<Optional<String>> await(
      Flights<String>.Seat seat, long deadline) {
    CompletableFuture<Optional<String>> result = new CompletableFuture<>();
    Thread.startVirtualThread(() -> {
      try {
        result.complete(seat.await(deadline));
      } catch (InterruptedException e) {
        result.completeExceptionally(e);
      }
    });
    return result;
  }
}
