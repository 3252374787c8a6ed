package dev.gander.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Nodes as the daemon describes them, as a table for people: one for each group and use. */
final class NodeTable {

  private static final String BARS = "▁▂▃▄▅▆▇█";
  private static final char FAILED = '×';

  /** Longer names are cut, so that the columns stay where they are. */
  private static final int WIDEST_NAME = 40;

  private NodeTable() {}

  /**
   * Prints the rows, which come in the order of groups and nodes.
   *
   * @param rows maps of {@code group node use state chosen last_us avg10_us moving_avg_us
   *     history_us why}
   */
  static void print(List<?> rows, PrintWriter out) {
    List<String> heads = new ArrayList<>();
    for (Object row : rows) {
      String head = head(row);
      if (!heads.contains(head)) {
        heads.add(head);
      }
    }
    String gap = "";
    for (String head : heads) {
      out.print(gap);
      gap = System.lineSeparator();
      List<?> own = rows.stream().filter(row -> head(row).equals(head)).toList();
      int width = 4;
      for (Object row : own) {
        width = Math.max(width, columns(name(row)));
      }
      out.println(head);
      out.println(
          "  " + padded("node", width) + "  state        last     avg10    moving  last checks");
      for (Object row : own) {
        print(row, width, out);
      }
    }
  }

  private static String head(Object row) {
    return text(row, "group") + " · " + text(row, "use");
  }

  private static void print(Object row, int width, PrintWriter out) {
    String chosen = "true".equals(text(row, "chosen")) ? "* " : "  ";
    String why = text(row, "why");
    out.println(
        (chosen
                + padded(name(row), width)
                + "  %-7s".formatted(text(row, "state"))
                + latency(row, "last_us")
                + latency(row, "avg10_us")
                + latency(row, "moving_avg_us")
                + "  "
                + sparkline(history(row))
                + (why.isEmpty() ? "" : "  " + why))
            .stripTrailing());
  }

  private static String name(Object row) {
    String name = text(row, "node");
    if (columns(name) <= WIDEST_NAME) {
      return name;
    }
    StringBuilder cut = new StringBuilder();
    int[] points = name.codePoints().toArray();
    for (int i = 0; i < points.length && columns(cut.toString()) < WIDEST_NAME - 2; i++) {
      cut.appendCodePoint(points[i]);
    }
    return cut + "…";
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - columns(text)));
  }

  /** Columns of a terminal: characters of East Asia and emoji take two. */
  static int columns(String text) {
    return text.codePoints()
        .map(c ->
            Character.getType(c) == Character.NON_SPACING_MARK || c == 0x200D || c == 0xFE0F
                ? 0
                : isWide(c) ? 2 : 1)
        .sum();
  }

  private static boolean isWide(int c) {
    // A flag is two regional indicators, which together take two columns.
    boolean indicator = c >= 0x1F1E6 && c <= 0x1F1FF;
    return !indicator
        && ((c >= 0x1100 && c <= 0x115F)
            || (c >= 0x2E80 && c <= 0xA4CF)
            || (c >= 0xAC00 && c <= 0xD7A3)
            || (c >= 0xF900 && c <= 0xFAFF)
            || (c >= 0xFF00 && c <= 0xFF60)
            || (c >= 0x1F300 && c <= 0x1FAFF)
            || (c >= 0x20000 && c <= 0x3FFFD));
  }

  private static String latency(Object row, String key) {
    Object value = row instanceof Map<?, ?> map ? map.get(key) : null;
    if (!(value instanceof Long micros) || micros == 0) {
      return "        –";
    }
    return micros < 10_000
        ? String.format(Locale.ROOT, "%6.1f ms", micros / 1000.0)
        : String.format(Locale.ROOT, "%6d ms", micros / 1000);
  }

  private static List<Long> history(Object row) {
    List<Long> history = new ArrayList<>();
    if (row instanceof Map<?, ?> map && map.get("history_us") instanceof List<?> list) {
      for (Object each : list) {
        history.add(each instanceof Long micros ? micros : 0L);
      }
    }
    return history;
  }

  /** The highest bar is the slowest of these checks; 0 is one that failed. */
  static String sparkline(List<Long> history) {
    long most = history.stream().mapToLong(it -> it).max().orElse(0);
    StringBuilder line = new StringBuilder();
    for (long each : history) {
      line.append(
          each == 0 ? FAILED : BARS.charAt((int) ((BARS.length() - 1) * each / Math.max(1, most))));
    }
    return line.toString();
  }

  private static String text(Object row, String key) {
    Object value = row instanceof Map<?, ?> map ? map.get(key) : null;
    return value == null ? "" : String.valueOf(value);
  }
}
