package dev.gander.publish;

import dev.gander.intercept.RulesImage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Numbers for the names that clients know addresses by. A number is given to another name only when
 * nobody knows anything by the one before any more. Not for several threads.
 */
final class DomainNames {

  static final int NONE = -1;

  /** Numbers looked at for one that is free again. */
  private static final int TRIES = 64;

  private final Map<ByteBuffer, Integer> numbers = new HashMap<>();
  private final byte[][] names;
  private final long[] ends;
  private int count;
  private int hand;

  DomainNames() {
    this(RulesImage.DOMAINS_MAX);
  }

  DomainNames(int most) {
    names = new byte[most][0];
    ends = new long[most];
  }

  /** How many numbers were ever given: they are below this. */
  int count() {
    return count;
  }

  /** The wire name of a number below {@link #count}. */
  byte[] name(int number) {
    return names[number].clone();
  }

  /** The number of a name that has one, else {@link #NONE}. */
  int find(byte[] name, int length) {
    return numbers.getOrDefault(ByteBuffer.wrap(name, 0, length), NONE);
  }

  /** A number for a name that has none; {@link #NONE} if all that are tried are in use. */
  int add(byte[] name, int length, long now) {
    int number = count < names.length ? count++ : free(now);
    if (number == NONE) {
      return NONE;
    }
    numbers.remove(ByteBuffer.wrap(names[number]));
    names[number] = Arrays.copyOf(name, length);
    ends[number] = now;
    numbers.put(ByteBuffer.wrap(names[number]), number);
    return number;
  }

  /** Somebody knows something by the name until then. */
  void use(int number, long end) {
    if (end - ends[number] > 0) {
      ends[number] = end;
    }
  }

  private int free(long now) {
    for (int i = 0; i < TRIES; i++) {
      hand = hand + 1 == names.length ? 0 : hand + 1;
      if (ends[hand] - now < 0) {
        return hand;
      }
    }
    return NONE;
  }
}
