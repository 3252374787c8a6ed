package dev.gander.route;

import dev.gander.route.ClientClasses.Part;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The parts of a fact that is a text. Immutable; finding one makes no garbage. */
final class TextParts {

  private record Entry(String text, Part part) {}

  private final Map<String, Part> known;
  private final List<Entry> longestFirst;
  private final Part other;

  /**
   * @param other of texts that are not in {@code known}
   */
  TextParts(Map<String, Part> known, Part other) {
    this.known = Map.copyOf(known);
    this.other = other;
    longestFirst =
        known.entrySet().stream()
            .map(it -> new Entry(it.getKey(), it.getValue()))
            .sorted(Comparator.comparingInt((Entry it) -> -it.text().length()))
            .toList();
  }

  Part of(String text) {
    return known.getOrDefault(text, other);
  }

  /** The part of the longest known path that holds this one. */
  Part ofPath(String path) {
    for (int i = 0; i < longestFirst.size(); i++) {
      if (ControlGroupPaths.isWithin(path, longestFirst.get(i).text())) {
        return longestFirst.get(i).part();
      }
    }
    return other;
  }

  /** Of those that rules ask about. */
  Map<String, Part> known() {
    return known;
  }

  Part other() {
    return other;
  }
}
