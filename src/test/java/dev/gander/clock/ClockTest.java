package dev.gander.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
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
}
