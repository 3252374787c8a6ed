package dev.gander.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What a file says for the keys of one section; silent keys have their defaults. */
final class Values {

  private record Given(Object value, Place place) {}

  private final Map<Key<?>, Given> given = new HashMap<>();

  <T> void put(Key<T> key, T value, Place place) {
    given.put(key, new Given(value, place));
  }

  boolean has(Key<?> key) {
    return given.containsKey(key);
  }

  <T> T get(Key<T> key) {
    return ifGiven(key).orElse(key.defaultValue());
  }

  @SuppressWarnings("unchecked") // put() took a value of the key's own type
  <T> Optional<T> ifGiven(Key<T> key) {
    Given value = given.get(key);
    return value == null ? Optional.empty() : Optional.of((T) value.value());
  }

  /** Where the key was set, else {@link Place#BUILT_IN}. */
  Place place(Key<?> key) {
    Given value = given.get(key);
    return value == null ? Place.BUILT_IN : value.place();
  }
}
