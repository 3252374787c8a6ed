package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.FakeClock;
import dev.gander.forward.PathHealth.Breaker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PathHealthTest {

  private final FakeClock clock = new FakeClock();
  private final PathHealth health = new PathHealth(clock);

  @Test
  void fiveFailuresInARowOpenTheBreakerAndOneAnswerClosesIt() {
    for (int i = 1; i < PathHealth.TRIP; i++) {
      health.asked();
      assertThat(health.failed()).isFalse();
    }
    health.asked();
    assertThat(health.failed()).isTrue();
    assertThat(health.admits()).isFalse();
    assertThat(health.dead()).isFalse();
    assertThat(health.failed()).as("opened once").isFalse();

    health.probing();
    assertThat(health.breaker()).isEqualTo(Breaker.HALF_OPEN);
    health.probeFailed();
    assertThat(health.breaker()).isEqualTo(Breaker.OPEN);
    assertThat(health.dead()).isTrue();

    health.answered(ms(10));
    assertThat(health.breaker()).isEqualTo(Breaker.CLOSED);
    assertThat(health.dead()).isFalse();
  }

  @Test
  void oneFailureThatIsNoBadLuckOpensIt() {
    health.asked();
    assertThat(health.sick()).isTrue();
    assertThat(health.admits()).isFalse();
    assertThat(health.sick()).as("opened once").isFalse();
    health.answered(ms(10));
    assertThat(health.admits()).isTrue();
  }

  @Test
  void anAnswerBetweenFailuresKeepsItClosedUnlessMostFail() {
    boolean opened = false;
    for (int i = 0; i < 200 && !opened; i++) {
      health.asked();
      opened = health.failed();
      health.answered(ms(10));
    }
    assertThat(opened).as("half of them fail").isFalse();
    for (int i = 0; i < 200 && !opened; i++) {
      health.asked();
      opened = health.failed();
      if (i % 4 == 0) {
        health.answered(ms(10));
      }
    }
    assertThat(opened).as("four of five fail").isTrue();
  }

  @Test
  void silenceOfManyQuestionsOpensIt() {
    for (int i = 0; i < 20; i++) {
      assertThat(health.asked()).isFalse();
    }
    clock.advance(PathHealth.SILENCE.plusMillis(1));
    assertThat(health.asked()).isTrue();
  }

  @Test
  void theUsualTimeIsLearnedWithinBounds() {
    assertThat(health.usualNanos()).isEqualTo(PathHealth.UNKNOWN.toNanos());
    for (int i = 0; i < 500; i++) {
      health.answered(ms(1));
    }
    assertThat(health.usualNanos()).isEqualTo(ms(20));
    for (int i = 0; i < 500; i++) {
      health.answered(ms(100));
    }
    assertThat(health.usualNanos()).isBetween(ms(95), ms(110));
    for (int i = 0; i < 500; i++) {
      health.answered(ms(3000));
    }
    assertThat(health.usualNanos()).isEqualTo(ms(400));
  }

  @Test
  void whoIsOutpacedWithinItsUsualTimeIsNotToBlame() {
    for (int i = 0; i < 100; i++) {
      health.answered(ms(100));
    }
    for (int i = 0; i < 20; i++) {
      health.asked();
      assertThat(health.outpaced(ms(30))).isFalse();
    }
    boolean opened = false;
    for (int i = 0; i < PathHealth.TRIP; i++) {
      health.asked();
      opened = health.outpaced(ms(900));
    }
    assertThat(opened).isTrue();
  }

  private static long ms(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
