package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.message.Rcode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReactionTest {

  @ParameterizedTest
  @CsvSource({
    "0, TAKE, TAKE",
    "1, ASK_WITHOUT_EDNS, ASK_ANOTHER",
    "2, ASK_ANOTHER, ASK_ANOTHER",
    "3, TAKE, TAKE",
    "4, ASK_WITHOUT_EDNS, ASK_ANOTHER",
    "5, ASK_ANOTHER, ASK_ANOTHER",
    "6, TAKE, TAKE",
    "16, ASK_WITHOUT_EDNS, ASK_ANOTHER",
    "23, ASK_ANOTHER, ASK_ANOTHER",
    "3841, ASK_ANOTHER, ASK_ANOTHER"
  })
  void aResponseCodeDecidesWhoIsAskedNext(int rcode, Reaction withEdns, Reaction without) {
    assertThat(Reaction.to(Rcode.of(rcode), true)).isEqualTo(withEdns);
    assertThat(Reaction.to(Rcode.of(rcode), false)).isEqualTo(without);
  }

  @ParameterizedTest
  @CsvSource({"2, false", "5, false", "15, false", "16, true", "23, true"})
  void codesOfOurHopAreNobodyElsesBusiness(int rcode, boolean ours) {
    if (ours) {
      assertThatThrownBy(() -> Reaction.mustNotBeAboutOurHop(Rcode.of(rcode), "up"))
          .hasMessageContaining("'up'");
    } else {
      assertThatCode(() -> Reaction.mustNotBeAboutOurHop(Rcode.of(rcode), "up"))
          .doesNotThrowAnyException();
    }
  }
}
