package dev.gander.route;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sets of rules as bits, bit {@code r} for rule r. A vector is cut into blocks of 512 rules, and of
 * blocks that are equal one is kept: ten thousand vectors that differ in one rule each take a tenth
 * of their bits, and a reader steps over 512 rules at once where a block is empty. Immutable.
 */
final class RuleVectors {

  /** Of 64 bits, in a block. */
  static final int BLOCK_WORDS = 8;

  /** The block without any rule. */
  static final int EMPTY_BLOCK = 0;

  private final int blocksEach;

  /** By vector and place in it, the block. */
  private final int[] blocks;

  private final long[] words;

  private RuleVectors(int blocksEach, int[] blocks, long[] words) {
    this.blocksEach = blocksEach;
    this.blocks = blocks;
    this.words = words;
  }

  /** How many blocks a vector has. */
  int blocksEach() {
    return blocksEach;
  }

  /** The number of a vector's block. */
  int block(int vector, int at) {
    return blocks[vector * blocksEach + at];
  }

  /** All blocks' numbers, vector by vector. */
  int[] blocks() {
    return blocks.clone();
  }

  /** All blocks. */
  long[] words() {
    return words.clone();
  }

  /** Whether the vector has the rule. */
  boolean contains(int vector, int rule) {
    int word = rule >>> 6;
    int block = block(vector, word / BLOCK_WORDS);
    return (word(block, word % BLOCK_WORDS) & (1L << rule)) != 0;
  }

  /** 64 rules of a block. */
  long word(int block, int at) {
    return words[block * BLOCK_WORDS + at];
  }

  /** Collects vectors. */
  static final class Builder {

    private final int blocksEach;
    private final Map<Block, Integer> blockNumbers = new HashMap<>();
    private final Map<IntBuffer, Integer> vectorNumbers = new HashMap<>();
    private final List<long[]> blocks = new ArrayList<>();
    private final List<int[]> vectors = new ArrayList<>();

    /**
     * Begins without any.
     *
     * @param words how many a vector has; a multiple of {@link #BLOCK_WORDS}
     */
    Builder(int words) {
      blocksEach = words / BLOCK_WORDS;
      block(new long[BLOCK_WORDS]);
    }

    /** The number of the vector with these bits. */
    int add(long[] bits) {
      int[] vector = new int[blocksEach];
      Arrays.setAll(
          vector, at -> block(Arrays.copyOfRange(bits, at * BLOCK_WORDS, (at + 1) * BLOCK_WORDS)));
      return vectorNumbers.computeIfAbsent(
          IntBuffer.wrap(vector),
          key -> {
            vectors.add(vector);
            return vectors.size() - 1;
          });
    }

    private int block(long[] bits) {
      return blockNumbers.computeIfAbsent(
          new Block(bits),
          key -> {
            blocks.add(bits);
            return blocks.size() - 1;
          });
    }

    RuleVectors build() {
      return new RuleVectors(
          blocksEach,
          vectors.stream().flatMapToInt(Arrays::stream).toArray(),
          blocks.stream().flatMapToLong(Arrays::stream).toArray());
    }
  }

  /**
   * A block as a key. Its hash mixes: those of the JDK for arrays and buffers of longs give the 512
   * blocks of one rule each 216 hashes, and the 130,816 of two rules 22,000, up to 32,732 of them
   * the same one.
   */
  static final class Block {

    private final long[] bits;

    Block(long[] bits) {
      this.bits = bits;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Block that && Arrays.equals(bits, that.bits);
    }

    @Override
    public int hashCode() {
      long mixed = 0;
      for (long word : bits) {
        mixed = (mixed ^ word) * 0x9e3779b97f4a7c15L;
        mixed ^= mixed >>> 32;
      }
      return (int) mixed;
    }
  }
}
