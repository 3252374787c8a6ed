package dev.gander.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The daemon's status as {@code gander status} shows it to people. */
final class StatusText {

  private final PrintWriter out;
  private final boolean all;

  /**
   * @param all whether counters that are zero are shown
   */
  StatusText(PrintWriter out, boolean all) {
    this.out = out;
    this.all = all;
  }

  void print(Map<String, Object> status) {
    status.forEach(this::print);
  }

  /** A scalar is a row; a list is one row per item; an object is a heading with rows below. */
  private void print(String name, Object value) {
    switch (value) {
      case Map<?, ?> section -> {
        out.println();
        out.println(words(name));
        section.forEach((key, item) -> printMember(String.valueOf(key), item));
      }
      case List<?> groups when name.equals("groups") -> {
        out.println();
        NodeTable.printGroups(groups, out);
      }
      case List<?> items -> {
        String label = words(name);
        for (Object item : items) {
          row("", label, item);
          label = "";
        }
      }
      default -> row("", words(name), value);
    }
  }

  private void printMember(String key, Object item) {
    if (item instanceof Map<?, ?> inner) {
      inner.forEach((name, value) -> printMember(String.valueOf(name), value));
    } else if (item instanceof List<?> items) {
      row("  ", words(key), String.join(", ", items.stream().map(StatusText::text).toList()));
    } else if (all || !item.equals(0L)) {
      row("  ", words(key), item);
    }
  }

  private void row(String indent, String label, Object value) {
    boolean uptime = label.equals("uptime seconds");
    String shown = text(value);
    if (value instanceof Long number && (uptime || !indent.isEmpty())) {
      shown = uptime ? duration(number) : String.format(Locale.ROOT, "%,d", number);
    }
    out.printf("%-34s %s%n", indent + (uptime ? "uptime" : label), shown);
  }

  /** Of an object in a list its members, in their order. */
  private static String text(Object value) {
    return value instanceof Map<?, ?> members
        ? members.entrySet().stream()
            .map(it -> words(String.valueOf(it.getKey())) + " " + text(it.getValue()))
            .collect(Collectors.joining(", "))
        : String.valueOf(value);
  }

  private static String duration(long seconds) {
    Duration time = Duration.ofSeconds(seconds);
    StringBuilder text = new StringBuilder();
    if (time.toDays() > 0) {
      text.append(time.toDays()).append(" d ");
    }
    if (time.toHours() > 0) {
      text.append(time.toHoursPart()).append(" h ");
    }
    if (time.toMinutes() > 0) {
      text.append(time.toMinutesPart()).append(" min ");
    }
    return text.append(time.toSecondsPart()).append(" s").toString();
  }

  private static String words(String name) {
    return name.replace('_', ' ');
  }
}
