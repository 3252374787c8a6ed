package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Against a set that forgets nothing. */
class ReplayWindowTest {

  private static final int SIZE = 1_984;

  @Test
  void eachNumberIsTakenOnceAndWhatIsTooOldNever() {
    Random random = new Random(7);
    for (int round = 0; round < 50; round++) {
      ReplayWindow window = new ReplayWindow();
      Set<Long> come = new HashSet<>();
      long highest = random.nextBoolean() ? 0 : random.nextInt(100_000);
      for (int i = 0; i < 5_000; i++) {
        long number =
            Math.max(0, highest + 100 - random.nextInt(random.nextBoolean() ? 200 : 4_000));
        boolean fresh = !come.contains(number);
        long top = come.stream().max(Long::compare).orElse(-1L);
        boolean recent = number > top - SIZE;
        assertThat(window.take(number)).isEqualTo(fresh && recent);
        if (fresh && recent) {
          come.add(number);
        }
        come.removeIf(old -> old < number - 10_000);
        highest = Math.max(highest, number);
      }
    }
  }

  @Test
  void aNumberBeyondTheSignIsNone() {
    assertThat(new ReplayWindow().take(-1)).isFalse();
    assertThat(new ReplayWindow().take(Long.MAX_VALUE)).isTrue();
  }
}
