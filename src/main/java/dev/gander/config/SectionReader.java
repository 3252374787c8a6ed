package dev.gander.config;

import dev.gander.config.Key.Effect;
import dev.gander.config.Settings.UnusedKey;
import dev.gander.config.Syntax.Argument;
import dev.gander.config.Syntax.Entry;
import dev.gander.config.Syntax.Item;
import dev.gander.config.Syntax.KeyValue;
import dev.gander.config.Syntax.Literal;
import dev.gander.config.Syntax.RuleLine;
import dev.gander.config.Syntax.Section;
import dev.gander.config.Syntax.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What the readers of all sections share: keys by table, and words for what stands wrong. */
final class SectionReader {

  private final Problems problems;
  private final List<UnusedKey> unused;

  SectionReader(Problems problems, List<UnusedKey> unused) {
    this.problems = problems;
    this.unused = unused;
  }

  Problems problems() {
    return problems;
  }

  /** Sections of the same name as one, at the place of the first. */
  static Map<String, Section> merged(List<? extends Entry> entries) {
    Map<String, Section> byName = new LinkedHashMap<>();
    for (Entry entry : entries) {
      if (entry instanceof Section section) {
        Section before = byName.get(section.name());
        if (before == null) {
          byName.put(
              section.name(),
              new Section(section.name(), new ArrayList<>(section.entries()), section.place()));
        } else {
          before.entries().addAll(section.entries());
        }
      }
    }
    return byName;
  }

  /**
   * Reads the entries that are keys of the table; tells all others, except those named in {@code
   * elsewhere}.
   *
   * @param section how messages call it, such as {@code dns}
   * @param elsewhere keys and sections the caller reads itself
   */
  Values read(
      String section, List<Entry> entries, Map<String, Key<?>> table, Set<String> elsewhere) {
    Values values = new Values();
    Set<String> known = new TreeSet<>(table.keySet());
    known.addAll(elsewhere);
    int colonMissingIn = 0;
    for (Entry entry : entries) {
      if (entry instanceof Item item && item.place().line() == colonMissingIn) {
        continue;
      }
      switch (entry) {
        case Item item when known.contains(item.literal().text()) -> {
          colonMissingIn = item.place().line();
          tellMissingColon(item);
        }
        case KeyValue pair when table.containsKey(pair.key()) ->
            readKey(section, pair, table, values);
        case KeyValue pair -> {
          if (!elsewhere.contains(pair.key())) {
            tellUnknown("key", pair.key(), section, pair.place(), known);
          }
        }
        case Section nested -> {
          if (table.containsKey(nested.name())) {
            problems.error(
                nested.place(),
                "`" + nested.name() + "` is a key, not a section",
                "write `" + nested.name() + ": value`");
          } else if (!elsewhere.contains(nested.name())) {
            tellUnknown("section", nested.name(), section, nested.place(), known);
          }
        }
        default -> tellMisplaced(section, entry);
      }
    }
    return values;
  }

  private void tellMissingColon(Item item) {
    String name = item.literal().text();
    problems.error(
        item.place(), "`" + name + "` is followed by no `:`", "write `" + name + ": value`");
  }

  private void readKey(String section, KeyValue pair, Map<String, Key<?>> table, Values values) {
    Key<?> key = table.get(pair.key());
    if (key == null) {
      return;
    }
    refuseAnnotation(pair);
    if (values.has(key)) {
      tellTwice(pair.key(), pair.place(), values.place(key));
    }
    if (key.effect() == Effect.NEVER) {
      problems.warning(pair.place(), "`" + pair.key() + "` has no effect any more", "remove it");
    } else if (key.effect() == Effect.LATER) {
      unused.add(new UnusedKey(section + "." + pair.key(), pair.place()));
    }
    readInto(key, pair, values);
  }

  private <T> void readInto(Key<T> key, KeyValue pair, Values values) {
    try {
      values.put(key, key.reader().read(literals(pair), problems), pair.place());
    } catch (BadValue bad) {
      problems.error(bad);
      values.put(key, key.defaultValue(), pair.place());
    }
  }

  /** The values of a key that takes words and strings only. */
  static List<Literal> literals(KeyValue pair) throws BadValue {
    List<Literal> literals = new ArrayList<>();
    for (Value value : pair.values()) {
      if (!(value instanceof Literal literal)) {
        throw new BadValue(
            value.place(),
            "`" + Text.shortened(pair.key()) + "` takes no function",
            "put values that hold parentheses in quotes");
      }
      literals.add(literal);
    }
    return literals;
  }

  /** The one word or string a key has. */
  static Literal literal(KeyValue pair) throws BadValue {
    List<Literal> literals = literals(pair);
    if (literals.size() > 1) {
      throw new BadValue(
          literals.get(1).place(),
          "`" + Text.shortened(pair.key()) + "` has more than one value",
          "put a value that holds a comma in quotes");
    }
    return literals.getFirst();
  }

  void refuseAnnotation(KeyValue pair) {
    if (!pair.annotation().isEmpty()) {
      Argument first = pair.annotation().getFirst();
      problems.error(
          first.place(),
          "`" + Text.shortened(pair.key()) + "` takes no annotation",
          "only `filter` of a group does");
    }
  }

  /** The pairs of a section that holds nothing else; the last of a name counts. */
  Collection<KeyValue> pairs(String section, List<Entry> entries) {
    Map<String, KeyValue> pairs = new LinkedHashMap<>();
    Map<String, Place> places = new HashMap<>();
    for (Entry entry : entries) {
      if (entry instanceof KeyValue pair) {
        refuseAnnotation(pair);
        Place before = places.put(pair.key(), pair.place());
        if (before != null) {
          tellTwice(pair.key(), pair.place(), before);
        }
        pairs.put(pair.key(), pair);
      } else {
        tellMisplaced(section, entry);
      }
    }
    return pairs.values();
  }

  void tellTwice(String key, Place place, Place before) {
    String where = before.file().equals(place.file()) ? "in line " + before.line() : "at " + before;
    problems.warning(
        place,
        "`" + Text.shortened(key) + "` is given twice, first " + where + "; the last one counts",
        "remove one");
  }

  void tellUnknown(
      String kind, String name, String section, Place place, Collection<String> known) {
    String remedy = Suggestions.forName(name, known);
    if (Suggestions.nearest(name, known).isEmpty() && Parser.TOP_LEVEL.contains(name)) {
      remedy = "`" + name + " { … }` is a section of its own, beside `" + section + "`";
    }
    problems.error(
        place, "unknown " + kind + " `" + Text.shortened(name) + "` in `" + section + "`", remedy);
  }

  void tellMisplaced(String section, Entry entry) {
    switch (entry) {
      case RuleLine rule ->
          problems.error(
              rule.place(),
              "a rule in `" + section + "`",
              "rules stand in `routing`, `dns.routing.request` and `dns.routing.response`");
      case Item item ->
          problems.error(
              item.place(),
              "unexpected `" + Text.shortened(item.literal().text()) + "` in `" + section + "`",
              "write `key: value`; put values that hold spaces in quotes");
      case KeyValue pair ->
          problems.error(
              pair.place(), "unexpected key `" + pair.key() + "` in `" + section + "`", "");
      case Section nested ->
          problems.error(
              nested.place(),
              "unexpected section `" + nested.name() + "` in `" + section + "`",
              "");
    }
  }
}
