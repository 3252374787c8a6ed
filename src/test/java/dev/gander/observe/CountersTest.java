package dev.gander.observe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountersTest {

  @Test
  void aSnapshotHoldsEveryCounterInOrder() {
    Counters counters = new Counters();
    counters.add(Counter.RECEIVED);
    counters.add(Counter.RECEIVED, 2);

    assertThat(counters.snapshot()).containsEntry(Counter.RECEIVED, 3L);
    assertThat(counters.snapshot().keySet()).containsExactly(Counter.values());
    assertThat(Counter.ANSWERED_FROM_CACHE.text()).isEqualTo("answered_from_cache");
  }
}
