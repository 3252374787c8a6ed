package dev.gander.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ClockTest {

  private static final CompletableFuture<String> NEVER = new CompletableFuture<>();

  @Test
  void aWaitEndsWhenTheFutureDoes() throws InterruptedException {
    Clock clock = Clock.system();
    long later = clock.nanoTime() + Duration.ofMinutes(1).toNanos();

    assertThat(clock.await(CompletableFuture.completedFuture("x"), later)).isTrue();
    assertThat(clock.await(CompletableFuture.failedFuture(new Exception("x")), later)).isTrue();
  }

  @Test
  void aWaitEndsAtItsDeadline() throws InterruptedException {
    assertThat(Clock.system().await(NEVER, Clock.system().nanoTime())).isFalse();
  }

  @Test
  void aFakeClockEndsAWaitWhenTimeIsMoved() throws InterruptedException {
    FakeClock clock = new FakeClock();
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    Thread.startVirtualThread(() -> {
      try {
        result.complete(clock.await(NEVER, clock.nanoTime() + Duration.ofSeconds(5).toNanos()));
      } catch (InterruptedException e) {
        result.completeExceptionally(e);
      }
    });

    clock.awaitWaiting(1);
    clock.advance(Duration.ofSeconds(4));
    clock.awaitWaiting(1);
    assertThat(result).isNotDone();
    clock.advance(Duration.ofSeconds(1));

    assertThat(result.join()).isFalse();
  }

  @Test
  void manyLongWaitsEndWithTheirFuturesAndNotBefore() throws Exception {
    Clock clock = Clock.system();
    long later = clock.nanoTime() + Duration.ofMinutes(1).toNanos();
    List<CompletableFuture<String>> futures = new ArrayList<>();
    List<Future<Boolean>> waits = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 1000; i++) {
        CompletableFuture<String> future = new CompletableFuture<>();
        futures.add(future);
        waits.add(threads.submit(() -> clock.await(future, later)));
      }
      assertThat(waits).noneMatch(Future::isDone);
      futures.forEach(future -> future.complete("x"));
      for (Future<Boolean> wait : waits) {
        assertThat(wait.get(20, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void longWaitsEndAtTheirDeadlineAndNotBefore() throws Exception {
    Clock clock = Clock.system();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Long>> early = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        long deadline = clock.nanoTime() + Duration.ofMillis(17 + i % 40).toNanos();
        early.add(
            threads.submit(() -> clock.await(NEVER, deadline) ? -1 : clock.nanoTime() - deadline));
      }
      for (Future<Long> each : early) {
        assertThat(each.get(20, TimeUnit.SECONDS)).isNotNegative();
      }
    }
  }

  @Test
  void aWaitEndsWhenItsThreadIsInterrupted() throws Exception {
    Clock clock = Clock.system();
    long later = clock.nanoTime() + Duration.ofMinutes(1).toNanos();
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread thread =
        Thread.startVirtualThread(() -> {
          try {
            ended.complete(new AssertionError("waited: " + clock.await(NEVER, later)));
          } catch (InterruptedException e) {
            ended.complete(e);
          }
        });

    thread.interrupt();

    assertThat(ended.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
  }

  @Test
  void anAlarmRingsAtItsTimeUnlessItIsCancelled() throws Exception {
    Clock clock = Clock.system();
    long soon = clock.nanoTime() + Duration.ofMillis(30).toNanos();
    CompletableFuture<Long> rung = new CompletableFuture<>();
    CompletableFuture<Long> cancelled = new CompletableFuture<>();

    clock.alarm(soon, () -> cancelled.complete(clock.nanoTime())).cancel();
    Clock.Alarm alarm = clock.alarm(soon, () -> rung.complete(clock.nanoTime()));

    assertThat(rung.get(20, TimeUnit.SECONDS) - soon).isNotNegative();
    alarm.cancel();
    Clock.Alarm late = clock.alarm(soon, () -> {});
    late.cancel();
    assertThat(cancelled).isNotDone();
  }

  @Test
  void anAlarmOfAMomentThatIsOverRingsAtOnce() throws Exception {
    Clock clock = Clock.system();
    CompletableFuture<String> rung = new CompletableFuture<>();

    Clock.Alarm _ = clock.alarm(clock.nanoTime() - 1, () -> rung.complete("x"));

    assertThat(rung.get(20, TimeUnit.SECONDS)).isEqualTo("x");
  }

  /** While it looked at each tick, half a second was more than a hundred looks. */
  @Test
  void nobodyLooksAtTheWheelBeforeAnAlarmIsDue() throws Exception {
    Alarms alarms = new Alarms().start();
    CompletableFuture<String> far = new CompletableFuture<>();
    CompletableFuture<String> near = new CompletableFuture<>();
    long now = System.nanoTime();
    Clock.Alarm _ = alarms.at(now + Duration.ofMillis(500).toNanos(), () -> far.complete("x"));
    Clock.Alarm _ = alarms.at(now + Duration.ofMillis(20).toNanos(), () -> near.complete("x"));
    assertThat(near.get(20, TimeUnit.SECONDS)).isEqualTo("x");
    assertThat(far.get(20, TimeUnit.SECONDS)).isEqualTo("x");
    assertThat(alarms.looks()).isLessThan(20);
  }

  @Test
  void aFakeClocksAlarmHasRungWhenTimeIsMoved() {
    FakeClock clock = new FakeClock();
    CompletableFuture<BigInteger> rung = new CompletableFuture<>();
    // What takes a while.
    Clock.Alarm _ =
        clock.alarm(
            clock.nanoTime() + 2,
            () -> rung.complete(BigInteger.probablePrime(1_000, new Random(1))));

    clock.advance(Duration.ofNanos(1));
    assertThat(rung).isNotDone();
    clock.advance(Duration.ofNanos(1));

    assertThat(rung).isCompleted();
  }

  @Test
  void anAlarmOfAFakeClockMayWaitByItAndMoveIt() {
    FakeClock clock = new FakeClock();
    CompletableFuture<String> slept = new CompletableFuture<>();
    Clock.Alarm _ =
        clock.alarm(
            clock.nanoTime() + 1,
            () -> {
              clock.advance(Duration.ofNanos(1));
              try {
                clock.sleep(Duration.ofNanos(1));
                slept.complete("x");
              } catch (InterruptedException e) {
                slept.completeExceptionally(e);
              }
            });

    clock.advance(Duration.ofNanos(1));
    assertThat(slept).isNotDone();
    clock.advance(Duration.ofNanos(1));

    assertThat(slept.join()).isEqualTo("x");
  }
}
