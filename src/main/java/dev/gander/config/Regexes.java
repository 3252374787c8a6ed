package dev.gander.config;

import com.google.re2j.PatternSyntaxException;
import dev.gander.config.Syntax.Literal;
import java.util.regex.Pattern;

/** Checks regular expressions; bounded, because compiling one costs time, memory and stack. */
final class Regexes {

  private static final int LONGEST = 4096;
  private static final int DEEPEST = 64;

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
    int depth = 0;
    for (char c : regex.text().toCharArray()) {
      depth += c == '(' ? 1 : 0;
    }
    if (regex.text().length() > LONGEST || depth > DEEPEST) {
      throw new BadValue(
          regex.place(),
          "the regular expression `" + Text.shortened(regex.text()) + "` is too large",
          "at most " + LONGEST + " characters and " + DEEPEST + " parentheses");
    }
  }
}
