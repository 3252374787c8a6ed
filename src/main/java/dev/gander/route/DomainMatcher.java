package dev.gander.route;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * All domain patterns of a rule section in one structure. Patterns belong to conditions, numbered
 * from 0. {@link #lookUp} finds in one pass which conditions a name fulfils by full name, suffix or
 * keyword, and which regular expressions could match at all; {@link #holds} runs those only for a
 * condition that is really asked about. Immutable; what changes lies in the thread's {@link
 * LookUp}.
 */
final class DomainMatcher {

  private final int conditions;
  private final IdSets sets;
  private final SuffixTable suffixes;
  private final @Nullable KeywordAutomaton keywords;
  private final Regex[] regexes;

  /** Conditions that have keywords or regular expressions. */
  private final BitSet searching;

  /** By condition, its regular expressions. */
  private final int[][] regexesOf;

  /**
   * A regular expression of a condition.
   *
   * @param everyName it must run on every name; else only on those whose mark says so
   */
  private record Regex(int condition, Pattern pattern, boolean everyName) {}

  /** The state of one look-up, reused by its thread. */
  static final class LookUp {

    /** By condition whether it holds; then by regular expression whether it could match. */
    private final long[] marks;

    private final NameLabels labels = new NameLabels();
    private final NameText text = new NameText();
    private final @Nullable Matcher[] matchers;
    private byte[] name = {0};
    private int offset;
    private boolean textRead;

    private LookUp(int marks, int regexes) {
      this.marks = new long[(marks + 63) >>> 6];
      this.matchers = new Matcher[regexes];
    }
  }

  private DomainMatcher(Builder from) {
    conditions = from.conditions.size();
    regexes = from.regexes.toArray(Regex[]::new);
    regexesOf =
        from.conditions.stream()
            .map(list -> list.stream().mapToInt(Integer::intValue).toArray())
            .toArray(int[][]::new);
    suffixes = from.suffixes.build();
    searching = from.searching;
    for (int i = 0; i < from.triggers.size(); i++) {
      for (String literal : from.triggers.get(i)) {
        from.keywords.add(conditions + i, literal);
      }
    }
    keywords = from.keywords.isEmpty() ? null : from.keywords.build();
    sets = from.sets.build();
  }

  int conditions() {
    return conditions;
  }

  LookUp newLookUp() {
    return new LookUp(conditions + regexes.length, regexes.length);
  }

  /**
   * Looks a name up. No allocation.
   *
   * @param name holds a lower-cased, well-formed wire name at {@code offset}; must stay as it is
   *     until the last holds()
   */
  void lookUp(byte[] name, int offset, LookUp state) {
    state.name = name;
    state.offset = offset;
    state.textRead = false;
    long[] marks = state.marks;
    for (int i = 0; i < marks.length; i++) {
      marks[i] = 0;
    }
    state.labels.read(name, offset);
    suffixes.mark(name, state.labels, sets, marks);
    if (keywords != null) {
      keywords.mark(name, offset, sets, marks);
    }
  }

  /** Whether any pattern of the condition matches the name looked up. */
  boolean holds(int condition, LookUp state) {
    if (marked(state, condition)) {
      return true;
    }
    for (int regex : regexesOf[condition]) {
      if ((regexes[regex].everyName() || marked(state, conditions + regex))
          && matches(regex, state)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Sets the bit {@code ruleOf[condition]} of each condition that the last look-up left open or
   * fulfilled; those of which mustRun() is true may hold without it.
   */
  void collect(LookUp state, int[] ruleOf, long[] rules) {
    for (int word = 0; word < state.marks.length; word++) {
      for (long rest = state.marks[word]; rest != 0; rest &= rest - 1) {
        int mark = (word << 6) + Long.numberOfTrailingZeros(rest);
        int rule = ruleOf[mark < conditions ? mark : regexes[mark - conditions].condition()];
        rules[rule >>> 6] |= 1L << rule;
      }
    }
  }

  /** Whether the condition has regular expressions at all: asking it may be dear. */
  boolean hasRegex(int condition) {
    return regexesOf[condition].length > 0;
  }

  /** Whether the condition has an expression that must run on every name. */
  boolean mustRun(int condition) {
    for (int regex : regexesOf[condition]) {
      if (regexes[regex].everyName()) {
        return true;
      }
    }
    return false;
  }

  /** Whether the condition is nothing but full names and suffixes. */
  boolean onlyNames(int condition) {
    return !searching.get(condition);
  }

  /** The full names and suffixes of all conditions; their sets are of {@link #sets()}. */
  SuffixTable suffixes() {
    return suffixes;
  }

  IdSets sets() {
    return sets;
  }

  private boolean marked(LookUp state, int mark) {
    return (state.marks[mark >>> 6] & (1L << mark)) != 0;
  }

  private boolean matches(int regex, LookUp state) {
    if (!state.textRead) {
      state.text.read(state.name, state.offset);
      state.textRead = true;
    }
    Matcher matcher = state.matchers[regex];
    if (matcher == null) {
      matcher = regexes[regex].pattern().matcher(state.text);
      state.matchers[regex] = matcher;
    } else {
      matcher.reset(state.text);
    }
    return matcher.find();
  }

  /** Collects patterns; keeps no text of full names and suffixes beyond the table itself. */
  static final class Builder {

    private final IdSets.Builder sets = new IdSets.Builder();
    private final SuffixTable.Builder suffixes = new SuffixTable.Builder(sets);
    private final KeywordAutomaton.Builder keywords = new KeywordAutomaton.Builder(sets);
    private final List<List<Integer>> conditions = new ArrayList<>();
    private final List<Regex> regexes = new ArrayList<>();
    private final BitSet searching = new BitSet();

    /** By regular expression, the texts of which it needs one. */
    private final List<List<String>> triggers = new ArrayList<>();

    private final byte[] wire = new byte[255];
    private int patterns;

    /** Begins the next condition; patterns added from now on belong to it. Returns its number. */
    int condition() {
      conditions.add(new ArrayList<>());
      return conditions.size() - 1;
    }

    /** How many patterns there are. */
    int patterns() {
      return patterns;
    }

    /** Adds exactly this name; false if it is none. */
    boolean full(byte[] text, int offset, int length) {
      return add(text, offset, length, true, false);
    }

    /**
     * Adds this name and all below it; with a leading dot only those below. False if it is no name.
     */
    boolean suffix(byte[] text, int offset, int length) {
      int lead = length > 1 && text[offset] == '.' ? 1 : 0;
      return add(text, offset + lead, length - lead, lead == 0, true);
    }

    /** Adds a text that may be anywhere in the name; false if no name can hold it. */
    boolean keyword(String text) {
      if (text.isEmpty() || text.chars().anyMatch(c -> c >= 0x80)) {
        return false;
      }
      searching.set(conditions.size() - 1);
      keywords.add(conditions.size() - 1, text.toLowerCase(Locale.ROOT));
      patterns++;
      return true;
    }

    /** Adds an expression to search in the name, whatever the letter case; false if it is none. */
    boolean regex(String text) {
      Pattern pattern;
      try {
        pattern = Pattern.compile(text, Pattern.CASE_INSENSITIVE);
      } catch (PatternSyntaxException notRe2) {
        return false;
      }
      searching.set(conditions.size() - 1);
      List<String> literals = RequiredLiterals.of(text);
      conditions.getLast().add(regexes.size());
      regexes.add(new Regex(conditions.size() - 1, pattern, literals.isEmpty()));
      triggers.add(literals);
      patterns++;
      return true;
    }

    boolean full(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return full(bytes, 0, bytes.length);
    }

    boolean suffix(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return suffix(bytes, 0, bytes.length);
    }

    private boolean add(byte[] text, int offset, int length, boolean exact, boolean below) {
      int written = DomainName.toWire(text, offset, length, wire);
      if (written < 0) {
        return false;
      }
      suffixes.add(conditions.size() - 1, wire, written, exact, below);
      patterns++;
      return true;
    }

    DomainMatcher build() {
      return new DomainMatcher(this);
    }
  }
}
