package dev.gander.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Finds plain text that a regular expression cannot match without: the expression then need only
 * run on names that hold it, which the keyword automaton finds out in passing. It reads as much of
 * the syntax as it must and gives up where it does not understand.
 */
final class RequiredLiterals {

  private final String pattern;
  private final List<String> literals = new ArrayList<>();
  private final StringBuilder run = new StringBuilder();
  private String longest = "";
  private int at;

  private RequiredLiterals(String pattern) {
    this.pattern = pattern;
  }

  /**
   * Every name the expression matches holds at least one of these texts.
   *
   * @return lower-cased ASCII texts, one for each alternative; empty if none can be told
   */
  static List<String> of(String pattern) {
    RequiredLiterals reader = new RequiredLiterals(pattern);
    return reader.read() ? List.copyOf(reader.literals) : List.of();
  }

  private boolean read() {
    while (at < pattern.length()) {
      if (!element(pattern.charAt(at++))) {
        return false;
      }
    }
    return endAlternative();
  }

  private boolean element(char c) {
    switch (c) {
      case '|' -> {
        return endAlternative();
      }
      case '?', '*' -> dropLast();
      case '{' -> {
        dropLast();
        return skipCount();
      }
      case '(' -> {
        endRun();
        return skipGroup();
      }
      case '[' -> {
        endRun();
        return skipClass();
      }
      case '\\' -> {
        return escape();
      }
      case '.', '^', '$', '+' -> endRun();
      default -> {
        if (c >= 0x80 || c == ')') {
          return false;
        }
        run.append(c);
      }
    }
    return true;
  }

  /** The last character may be absent; what stood before it is required still. */
  private void dropLast() {
    if (!run.isEmpty()) {
      run.setLength(run.length() - 1);
    }
    endRun();
  }

  /** Skips {@code 2,5}}; what is no count would be plain text, which is too rare to read. */
  private boolean skipCount() {
    while (at < pattern.length() && "0123456789,".indexOf(pattern.charAt(at)) >= 0) {
      at++;
    }
    return at < pattern.length() && pattern.charAt(at++) == '}';
  }

  private boolean escape() {
    if (at == pattern.length()) {
      return false;
    }
    char c = pattern.charAt(at++);
    boolean letterOrDigit = Character.isLetterOrDigit(c);
    if (!letterOrDigit) {
      run.append(c);
      return c < 0x80;
    }
    endRun();
    // Classes and assertions of one letter; others (\x, \p, \Q, \C, octal) have arguments.
    return "dDsSwWbBAz".indexOf(c) >= 0;
  }

  private boolean skipGroup() {
    for (int depth = 1; depth > 0; ) {
      if (at == pattern.length()) {
        return false;
      }
      switch (pattern.charAt(at++)) {
        case '(' -> depth++;
        case ')' -> depth--;
        case '[' -> {
          if (!skipClass()) {
            return false;
          }
        }
        case '\\' -> {
          if (at == pattern.length() || "pPQx".indexOf(pattern.charAt(at)) >= 0) {
            return false;
          }
          at++;
        }
        default -> {
          // part of the group, not required
        }
      }
    }
    return true;
  }

  /** Skips to after the closing bracket; one right after the opening is a member. */
  private boolean skipClass() {
    if (at < pattern.length() && pattern.charAt(at) == '^') {
      at++;
    }
    for (boolean first = true; at < pattern.length(); first = false) {
      char c = pattern.charAt(at++);
      if (c == ']' && !first) {
        return true;
      }
      if (c == '[') {
        return false; // [:alpha:] and its kind
      }
      if (c == '\\') {
        at++;
      }
    }
    return false;
  }

  private boolean endAlternative() {
    endRun();
    if (longest.isEmpty()) {
      return false;
    }
    literals.add(longest.toLowerCase(Locale.ROOT));
    longest = "";
    return true;
  }

  private void endRun() {
    if (run.length() > longest.length()) {
      longest = run.toString();
    }
    run.setLength(0);
  }
}
