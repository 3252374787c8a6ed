package dev.gander.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Everything that was found wrong so far; bounded, so that no input fills the memory with words.
 */
final class Problems {

  /** Nobody reads more of one kind than this. */
  static final int MAX_OF_A_KIND = 500;

  private final List<Diagnostic> found = new ArrayList<>();
  private final Map<String, Integer> fileOrder = new HashMap<>();
  private int errors;
  private int warnings;

  /** Messages are told in the order in which files are opened. */
  void open(String file) {
    fileOrder.putIfAbsent(file, fileOrder.size());
  }

  void error(Place place, String message, String remedy) {
    if (errors++ < MAX_OF_A_KIND) {
      found.add(Diagnostic.error(place, message, remedy));
    }
  }

  void warning(Place place, String message, String remedy) {
    if (warnings++ < MAX_OF_A_KIND) {
      found.add(Diagnostic.warning(place, message, remedy));
    }
  }

  /**
   * As above, with a remedy that costs something to find.
   *
   * @param remedy asked only if there is still room to tell it
   */
  void error(Place place, String message, Supplier<String> remedy) {
    error(place, message, errors < MAX_OF_A_KIND ? remedy.get() : "");
  }

  void error(BadValue bad) {
    error(bad.place(), bad.message(), bad::remedy);
  }

  void addAll(Problems others) {
    for (Diagnostic other : others.found) {
      if (other.isError()) {
        error(other.place(), other.message(), other.remedy());
      } else {
        warning(other.place(), other.message(), other.remedy());
      }
    }
  }

  boolean hasErrors() {
    return errors > 0;
  }

  /** How many were told so far. */
  int errors() {
    return errors;
  }

  /** In the order of files and lines, the same thing at the same place once. */
  List<Diagnostic> inOrder() {
    List<Diagnostic> told = new ArrayList<>(found.stream().distinct().toList());
    told.sort(
        Comparator.comparingInt(
                (Diagnostic d) -> fileOrder.getOrDefault(d.place().file(), Integer.MAX_VALUE))
            .thenComparingInt(d -> d.place().line())
            .thenComparingInt(d -> d.place().column()));
    if (errors > MAX_OF_A_KIND) {
      told.add(
          Diagnostic.error(
              told.getLast().place(),
              "and " + (errors - MAX_OF_A_KIND) + " more errors",
              "mend those above first"));
    }
    return told;
  }
}
