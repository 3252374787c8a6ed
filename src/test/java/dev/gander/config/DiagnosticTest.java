package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DiagnosticTest {

  @Test
  void whatTheAuthorWroteOnTwoLinesIsToldOnOne() {
    Diagnostic told =
        Diagnostic.error(new Place("gander.dae", 4, 20), "`a\nb\u001b` is no name", "write `a`");
    assertThat(told).hasToString("gander.dae:4:20: error: `a\\nb\\u001b` is no name (write `a`)");
  }
}
