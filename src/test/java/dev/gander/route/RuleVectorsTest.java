package dev.gander.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What keeps ten thousand rules from taking half a minute. */
class RuleVectorsTest {

  @Test
  void blocksOfFewRulesHashApart() {
    Set<Integer> ofOne = new HashSet<>();
    Set<Integer> ofTwo = new HashSet<>();
    int rules = RuleVectors.BLOCK_WORDS * Long.SIZE;

    for (int one = 0; one < rules; one++) {
      ofOne.add(block(one, one).hashCode());
      for (int other = 0; other < one; other++) {
        ofTwo.add(block(one, other).hashCode());
      }
    }

    assertThat(ofOne).hasSize(rules);
    assertThat(ofTwo).hasSizeGreaterThan(rules * (rules - 1) / 2 * 99 / 100);
  }

  @Test
  void equalBlocksAreOne() {
    RuleVectors.Builder builder = new RuleVectors.Builder(2 * RuleVectors.BLOCK_WORDS);
    long[] bits = new long[2 * RuleVectors.BLOCK_WORDS];
    bits[3] = 1L << 40;
    int one = builder.add(bits.clone());
    int same = builder.add(bits.clone());
    bits[3] = 1L << 8;
    int other = builder.add(bits);

    RuleVectors vectors = builder.build();

    assertThat(same).isEqualTo(one);
    assertThat(other).isNotEqualTo(one);
    assertThat(vectors.contains(one, 3 * Long.SIZE + 40)).isTrue();
    assertThat(vectors.contains(one, 3 * Long.SIZE + 8)).isFalse();
    assertThat(vectors.contains(other, 3 * Long.SIZE + 8)).isTrue();
    assertThat(vectors.words()).hasSize(3 * RuleVectors.BLOCK_WORDS);
  }

  private static RuleVectors.Block block(int one, int other) {
    long[] bits = new long[RuleVectors.BLOCK_WORDS];
    bits[one >>> 6] |= 1L << one;
    bits[other >>> 6] |= 1L << other;
    return new RuleVectors.Block(bits);
  }
}
