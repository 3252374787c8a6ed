package dev.gander.route;

import dev.gander.route.ClientClasses.Part;
import java.util.Arrays;
import java.util.Map;

/** The parts of a fact that is a number. Immutable; finding one makes no garbage. */
final class NumberParts {

  private final Map<Long, Part> known;
  private final long[] values;
  private final Part[] parts;
  private final Part other;

  /**
   * @param other of numbers that are not in {@code known}
   */
  NumberParts(Map<Long, Part> known, Part other) {
    this.known = Map.copyOf(known);
    this.other = other;
    values = known.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
    parts = new Part[values.length];
    known.forEach((value, part) -> parts[Arrays.binarySearch(values, value)] = part);
  }

  Part of(long value) {
    int at = Arrays.binarySearch(values, value);
    return at < 0 ? other : parts[at];
  }

  /** Of those that rules ask about. */
  Map<Long, Part> known() {
    return known;
  }

  Part other() {
    return other;
  }
}
