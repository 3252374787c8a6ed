package dev.gander.config;

import dev.gander.config.Syntax.Literal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A key of a section: its name, its default as one would write it, how its value is read, and
 * whether anything acts on it yet.
 */
record Key<T>(
    String name, String defaultText, ValueReader<T> reader, T defaultValue, Effect effect) {

  /** What setting the key does today. */
  enum Effect {
    NOW,
    /** Read and checked; the room that acts on it is not built yet. */
    LATER,
    /** dae had it once; it does nothing, and never will. */
    NEVER
  }

  static <T> Key<T> of(String name, String defaultText, ValueReader<T> reader, Effect effect) {
    Problems problems = new Problems();
    try {
      List<Literal> text = List.of(new Literal(defaultText, true, Place.BUILT_IN));
      T value = reader.read(text, problems);
      if (problems.inOrder().isEmpty()) {
        return new Key<>(name, defaultText, reader, value, effect);
      }
    } catch (BadValue bad) {
      problems.error(bad);
    }
    throw new IllegalStateException(name + ": " + problems.inOrder());
  }

  static <T> Key<T> now(String name, String defaultText, ValueReader<T> reader) {
    return of(name, defaultText, reader, Effect.NOW);
  }

  static <T> Key<T> later(String name, String defaultText, ValueReader<T> reader) {
    return of(name, defaultText, reader, Effect.LATER);
  }

  static Map<String, Key<?>> table(Key<?>... keys) {
    Map<String, Key<?>> table = new TreeMap<>();
    for (Key<?> key : keys) {
      table.put(key.name(), key);
    }
    return Map.copyOf(table);
  }
}
