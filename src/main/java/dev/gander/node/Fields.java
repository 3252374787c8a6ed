package dev.gander.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A mapping of a YAML or JSON document; every scalar is text. What is not there is empty, or stands
 * in the mapping that {@code <<} merges, as YAML 1.1 had it and people still write.
 */
record Fields(Map<?, ?> map) {

  static final Fields NONE = new Fields(Map.of());

  static Fields of(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? new Fields(map) : NONE;
  }

  private @Nullable Object get(String key) {
    Object own = map.get(key);
    return own == null && map.get("<<") instanceof Map<?, ?> merged ? merged.get(key) : own;
  }

  /** The first of these keys that says something. */
  String text(String... keys) {
    for (String key : keys) {
      Object value = get(key);
      if (value instanceof String text && !text.isBlank() && !text.equals("null")) {
        return text;
      }
    }
    return "";
  }

  boolean isTrue(String key) {
    return text(key).equalsIgnoreCase("true") || text(key).equals("1");
  }

  Fields in(String key) {
    return of(get(key));
  }

  boolean has(String key) {
    return get(key) != null;
  }

  /** A list, or one value, joined by commas. */
  String joined(String key) {
    return get(key) instanceof List<?> list
        ? String.join(",", list.stream().map(String::valueOf).toList())
        : text(key);
  }

  /** The mappings of a list. */
  List<Fields> each(String key) {
    return each(get(key));
  }

  static List<Fields> each(@Nullable Object list) {
    List<Fields> found = new ArrayList<>();
    if (list instanceof List<?> items) {
      items.forEach(it -> found.add(of(it)));
    }
    return found;
  }
}
