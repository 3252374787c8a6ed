package dev.gander.config;

import dev.gander.config.Syntax.Literal;
import java.util.ArrayList;
import java.util.List;

/** Turns the words after a key into what they mean. */
@FunctionalInterface
interface ValueReader<T> {

  /**
   * Reads a value.
   *
   * @param values at least one
   * @param problems for warnings, and for errors beyond the first
   * @throws BadValue if the value cannot be read
   */
  T read(List<Literal> values, Problems problems) throws BadValue;

  /** Reads one word or string. */
  @FunctionalInterface
  interface One<T> {
    T read(Literal value, Problems problems) throws BadValue;
  }

  /** A key that takes exactly one value. */
  static <T> ValueReader<T> one(One<T> reader) {
    return (values, problems) -> {
      if (values.size() > 1) {
        throw new BadValue(values.get(1).place(), "more than one value", "write one value");
      }
      return reader.read(values.getFirst(), problems);
    };
  }

  /** A key that takes {@code a, b}, {@code 'a', 'b'} or {@code 'a,b'}; all bad ones are told. */
  static <T> ValueReader<List<T>> list(One<T> reader) {
    return (values, problems) -> {
      List<T> read = new ArrayList<>();
      for (Literal part : parts(values)) {
        try {
          read.add(reader.read(part, problems));
        } catch (BadValue bad) {
          problems.error(bad);
        }
      }
      return List.copyOf(read);
    };
  }

  /** The values, those with commas inside taken apart; empty ones left out. */
  static List<Literal> parts(List<Literal> values) {
    List<Literal> parts = new ArrayList<>();
    for (Literal value : values) {
      int offset = value.quoted() ? 1 : 0;
      for (String part : value.text().split(",", -1)) {
        String stripped = part.strip();
        if (!stripped.isEmpty()) {
          int skipped = offset + part.indexOf(stripped);
          parts.add(new Literal(stripped, value.quoted(), right(value.place(), skipped)));
        }
        offset += part.codePointCount(0, part.length()) + 1;
      }
    }
    return parts;
  }

  private static Place right(Place place, int columns) {
    return columns <= 1 ? place : new Place(place.file(), place.line(), place.column() + columns);
  }
}
