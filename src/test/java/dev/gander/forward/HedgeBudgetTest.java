package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HedgeBudgetTest {

  private final HedgeBudget budget = new HedgeBudget();

  @Test
  void oneQuestionInTenMayBeHedged() {
    int hedged = 0;
    for (int i = 0; i < 10_000; i++) {
      budget.earn();
      hedged += budget.spend() ? 1 : 0;
    }
    assertThat(hedged).isEqualTo(1001);
  }

  @Test
  void whatIsNotSpentIsSavedUpToABound() {
    for (int i = 0; i < 1_000_000; i++) {
      budget.earn();
    }
    int hedged = 0;
    while (budget.spend()) {
      hedged++;
    }
    assertThat(hedged).isEqualTo(HedgeBudget.MOST);
  }
}
