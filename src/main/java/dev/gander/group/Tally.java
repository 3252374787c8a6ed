package dev.gander.group;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The same thing said of many nodes becomes one line with a count and the first names. */
final class Tally {

  private static final int NAMED = 3;

  /** Different things said; what goes beyond is counted as the last of them. */
  private static final int KINDS = 20;

  private static final String OTHERS = "other reasons";

  /** Hears one line. */
  interface Line {
    void say(int count, String what, String names);
  }

  private static final class Entry {
    private int count;
    private final List<String> names = new ArrayList<>();
  }

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  void add(String what, String name) {
    boolean room = entries.containsKey(what) || entries.size() < KINDS;
    Entry entry = entries.computeIfAbsent(room ? what : OTHERS, _ -> new Entry());
    entry.count++;
    if (!name.isEmpty() && entry.names.size() <= NAMED) {
      entry.names.add(name);
    }
  }

  void lines(Line line) {
    entries.forEach((what, entry) -> line.say(entry.count, what, names(entry.names)));
  }

  private static String names(List<String> names) {
    if (names.isEmpty()) {
      return "";
    }
    String first = String.join("`, `", names.subList(0, Math.min(NAMED, names.size())));
    return " (`" + first + "`" + (names.size() > NAMED ? ", …" : "") + ")";
  }
}
