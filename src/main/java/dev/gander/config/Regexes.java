package dev.gander.config;

import com.google.re2j.PatternSyntaxException;
import dev.gander.config.Syntax.Literal;
import java.util.regex.Pattern;

/** Checks regular expressions; bounded, because compiling one costs time, memory and stack. */
final class Regexes {

  private static final int LONGEST = 4096;
  private static final int DEEPEST = 100;
  private static final int HEAVIEST = 20_000;

  private Regexes() {}

  /** Of domains: RE2's language, as dae's, matched in linear time. */
  static void checkDomain(Literal regex) throws BadValue {
    checkSize(regex);
    try {
      com.google.re2j.Pattern.compile(regex.text());
    } catch (PatternSyntaxException e) {
      throw bad(regex, String.valueOf(e.getMessage()));
    }
  }

  /** Of node names: with look-around, as dae's. */
  static void checkFilter(Literal regex, Problems problems) {
    try {
      checkSize(regex);
      Pattern.compile(regex.text());
    } catch (java.util.regex.PatternSyntaxException e) {
      problems.error(bad(regex, e.getDescription()));
    } catch (BadValue bad) {
      problems.error(bad);
    }
  }

  private static BadValue bad(Literal regex, String why) {
    return new BadValue(
        regex.place(),
        "`" + Text.shortened(regex.text()) + "` is no regular expression: " + oneLine(why),
        "");
  }

  private static String oneLine(String why) {
    return Text.shortened(why.replace("error parsing regexp: ", ""));
  }

  private static void checkSize(Literal regex) throws BadValue {
    String text = regex.text();
    if (text.length() > LONGEST || weight(text) > HEAVIEST) {
      throw new BadValue(
          regex.place(),
          "the regular expression `" + Text.shortened(text) + "` is too large",
          "shorten it; mind repetitions {n} inside of others");
    }
  }

  /**
   * About how many steps the compiled expression has: each repetition {@code {n}} writes out what
   * it repeats. Too deep a nesting counts as too heavy, too.
   */
  private static long weight(String regex) {
    long[] outer = new long[DEEPEST];
    int depth = 0;
    long sum = 0;
    long last = 0;
    for (int i = 0; i < regex.length() && sum <= HEAVIEST; i++) {
      char c = regex.charAt(i);
      if (c == '(') {
        if (depth == DEEPEST) {
          return Long.MAX_VALUE;
        }
        outer[depth++] = sum;
        sum = 0;
      } else if (c == ')' && depth > 0) {
        last = sum + 1;
        sum = outer[--depth] + last;
      } else if (c == '{') {
        long times = Math.max(1, repetition(regex, i + 1));
        sum += last * (times - 1);
        last *= times;
      } else {
        i = c == '\\' ? i + 1 : c == '[' ? Math.max(i, regex.indexOf(']', i + 2)) : i;
        last = 1;
        sum++;
      }
    }
    return sum;
  }

  /** The larger number of {@code n}}, {@code n,}} or {@code n,m}}; 0 if this is none. */
  private static long repetition(String regex, int start) {
    long largest = 0;
    long number = 0;
    for (int i = start; i < regex.length() && i < start + 12; i++) {
      char c = regex.charAt(i);
      if (Text.isDigit(c)) {
        number = number * 10 + (c - '0');
        largest = Math.max(largest, number);
      } else if (c == ',') {
        number = 0;
      } else {
        return c == '}' ? largest : 0;
      }
    }
    return 0;
  }
}
