package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServerMemoryTest {

  private final ServerMemory memory = new ServerMemory();

  @Test
  void aServerThatNeverAnsweredIsGivenAQuarterOfASecond() {
    assertThat(memory.patienceNanos()).isEqualTo(ms(250));
  }

  @Test
  void patienceIsTheRoundTripAndFourDeviationsButNeverUnder50Ms() {
    memory.answered(ms(100));
    assertThat(memory.patienceNanos()).isEqualTo(ms(300));
    for (int i = 0; i < 50; i++) {
      memory.answered(ms(100));
    }
    assertThat(memory.patienceNanos()).isBetween(ms(100), ms(110));
    for (int i = 0; i < 50; i++) {
      memory.answered(ms(1));
    }
    assertThat(memory.patienceNanos()).isEqualTo(ms(50));
  }

  @Test
  void patienceNeverExceedsASecond() {
    memory.answered(ms(4000));
    assertThat(memory.patienceNanos()).isEqualTo(ms(1000));
  }

  @Test
  void shortcomingsAreForgottenAfterAQuarterOfAnHour() {
    long now = -5;
    assertThat(memory.isWithoutEdns(now)).isFalse();
    assertThat(memory.repeatsCase(now)).isTrue();
    memory.knowsNoEdns(now);
    memory.repeatsInAnyCase(now);
    long nearly = now + Duration.ofMinutes(15).toNanos() - 1;
    assertThat(memory.isWithoutEdns(nearly)).isTrue();
    assertThat(memory.repeatsCase(nearly)).isFalse();
    assertThat(memory.isWithoutEdns(nearly + 1)).isFalse();
    assertThat(memory.repeatsCase(nearly + 1)).isTrue();
  }

  private static long ms(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
