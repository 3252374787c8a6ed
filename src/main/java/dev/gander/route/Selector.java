package dev.gander.route;

import com.google.re2j.Pattern;
import java.util.List;

/**
 * {@code sub()}, {@code node()} or {@code subnode()}. Several values of a kind are alternatives;
 * where tags and names are both given, both must fit; without any, all look-ups of the kind do.
 *
 * @param tags what the subscription's tag may be
 * @param nodes what the node's name may be
 */
record Selector(OwnLookup.Kind kind, List<Pattern> tags, List<Pattern> nodes) {

  boolean matches(OwnLookup lookup) {
    return kind == lookup.kind() && any(tags, lookup.subscription()) && any(nodes, lookup.node());
  }

  private static boolean any(List<Pattern> patterns, String text) {
    return patterns.isEmpty()
        || patterns.stream().anyMatch(pattern -> pattern.matcher(text).find());
  }

  /**
   * A value as a pattern to be found.
   *
   * @param key {@code keyword}, {@code regex} or one that ends so; anything else means the whole
   */
  static Pattern pattern(String key, String value) {
    if (key.endsWith("regex")) {
      return Pattern.compile(value);
    }
    String quoted = Pattern.quote(value);
    return Pattern.compile(key.endsWith("keyword") ? quoted : "^" + quoted + "$");
  }
}
