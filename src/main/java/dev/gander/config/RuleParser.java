package dev.gander.config;

import dev.gander.config.Syntax.Argument;
import dev.gander.config.Syntax.Call;
import dev.gander.config.Syntax.Entry;
import dev.gander.config.Syntax.Expression;
import dev.gander.config.Syntax.Literal;
import dev.gander.config.Syntax.RuleLine;
import dev.gander.config.Syntax.Target;
import dev.gander.config.Syntax.Value;
import dev.gander.config.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** The part of the grammar with parentheses: rules, filters, policies, annotations. */
final class RuleParser {

  private final Tokens tokens;
  private final Problems problems;

  RuleParser(Tokens tokens, Problems problems) {
    this.tokens = tokens;
    this.problems = problems;
  }

  /** {@code call && call -> outbound(parameters)}. */
  void rule(List<Entry> entries) {
    Place place = tokens.peek().place();
    List<Call> calls = calls();
    if (calls.isEmpty()) {
      return;
    }
    Token arrow = tokens.peek();
    if (!arrow.is(Kind.ARROW)) {
      problems.error(
          arrow.place(),
          "expected `->`, found " + arrow.shown(),
          arrow.is(Kind.WORD) && arrow.text().equalsIgnoreCase("and")
              ? "write `&&`"
              : "a rule is `FUNCTION(value) -> OUTBOUND`");
      skipRest(arrow);
      return;
    }
    tokens.next();
    Token name = tokens.peek();
    if (!name.isText() || (name.startsLine() && startsNext())) {
      problems.error(arrow.place(), "no outbound after `->`", "name one: `-> direct`, `-> NAME`");
      skipRest(name);
      return;
    }
    tokens.next();
    List<Argument> arguments = List.of();
    if (tokens.peek().is(Kind.OPEN_PAREN)) {
      tokens.next();
      arguments = arguments(Kind.CLOSE_PAREN);
    }
    entries.add(new RuleLine(calls, new Target(name.text(), arguments, name.place()), place));
    refuseMore();
  }

  /** {@code a(…) -> x && b(…)} and {@code -> x, y} are plain mistakes, told where they begin. */
  private void refuseMore() {
    Token more = tokens.peek();
    if (more.is(Kind.ARROW)
        || more.is(Kind.AND)
        || more.is(Kind.COMMA)
        || more.is(Kind.COLON)
        || more.is(Kind.CLOSE_PAREN)) {
      problems.error(
          more.place(),
          "unexpected " + more.shown() + " after the outbound",
          "a rule has one outbound, and ends with it");
      tokens.next();
      tokens.skipEntry();
    }
  }

  /** Whether the word at hand begins the next entry rather than naming an outbound. */
  private boolean startsNext() {
    Token after = tokens.peek(1);
    return after.is(Kind.COLON)
        || (after.is(Kind.OPEN_PAREN) && !tokens.peek(2).text().matches("must|mark"));
  }

  private void skipRest(Token at) {
    if (!at.startsLine()) {
      tokens.skipEntry();
    }
  }

  /** {@code call && call} as a value; false if it cannot be read, which has been told. */
  boolean expression(List<Value> values) {
    List<Call> calls = calls();
    if (calls.isEmpty()) {
      return false;
    }
    values.add(new Expression(calls));
    return true;
  }

  /** Calls joined by {@code &&}; empty after a mistake, which has been told and skipped. */
  private List<Call> calls() {
    List<Call> calls = new ArrayList<>();
    while (true) {
      Place place = tokens.peek().place();
      boolean negated = false;
      while (tokens.peek().is(Kind.NOT)) {
        tokens.next();
        negated = !negated;
      }
      Token name = tokens.peek();
      if (!name.is(Kind.WORD) || !tokens.peek(1).is(Kind.OPEN_PAREN)) {
        Token wrong = name.is(Kind.WORD) ? tokens.peek(1) : name;
        problems.error(
            wrong.place(),
            name.is(Kind.WORD)
                ? "expected `(` after `" + Text.shortened(name.text()) + "`, found " + wrong.shown()
                : "expected a function, found " + wrong.shown(),
            "a condition is `FUNCTION(value)`");
        skipRest(name);
        return List.of();
      }
      tokens.next();
      tokens.next();
      int told = problems.errors();
      List<Argument> arguments = arguments(Kind.CLOSE_PAREN);
      calls.add(new Call(negated, name.text(), arguments, problems.errors() > told, place));
      if (!tokens.peek().is(Kind.AND)) {
        return calls;
      }
      tokens.next();
    }
  }

  /** {@code [add_latency: 500ms]} behind a value. */
  List<Argument> annotation() {
    tokens.next();
    return arguments(Kind.CLOSE_BRACKET);
  }

  /** What stands between the parentheses or brackets, the opening one being taken. */
  private List<Argument> arguments(Kind closing) {
    List<Argument> arguments = new ArrayList<>();
    while (true) {
      Token token = tokens.peek();
      if (token.is(closing)) {
        tokens.next();
        return arguments;
      }
      if (endsEarly(token)) {
        tellMissing(token, closing);
        return arguments;
      }
      if (!argument(arguments)) {
        skipTo(closing);
        return arguments;
      }
      Token after = tokens.peek();
      if (after.is(Kind.COMMA)) {
        tokens.next();
      } else if (!after.is(closing)) {
        tellMissing(after, closing);
        if (!endsEarly(after) && !after.startsLine()) {
          skipTo(closing);
        }
        return arguments;
      }
    }
  }

  /** Nothing of this kind can stand in a list of parameters: its end was forgotten. */
  private static boolean endsEarly(Token token) {
    return token.is(Kind.END)
        || token.is(Kind.OPEN_BRACE)
        || token.is(Kind.CLOSE_BRACE)
        || token.is(Kind.ARROW)
        || token.is(Kind.AND);
  }

  private void tellMissing(Token found, Kind closing) {
    String shown = closing == Kind.CLOSE_PAREN ? "`)`" : "`]`";
    problems.error(
        found.place(),
        "expected `,` or " + shown + ", found " + found.shown(),
        found.isText() || found.is(Kind.COLON)
            ? "put values that hold spaces or special characters in quotes"
            : "close the list with " + shown);
  }

  /** After a mistake: past the closing token, if it comes before the list plainly ends. */
  private void skipTo(Kind closing) {
    while (!endsEarly(tokens.peek())) {
      if (tokens.next().is(closing)) {
        return;
      }
    }
  }

  /** {@code [key:] value}; false if it cannot be read, which has been told. */
  private boolean argument(List<Argument> arguments) {
    Token first = tokens.peek();
    if (first.is(Kind.STRING) && !tokens.peek(1).is(Kind.COLON)) {
      tokens.next();
      add(arguments, "", new Literal(first.text(), true, first.place()), first.place());
      return true;
    }
    if (!first.isText() && !first.is(Kind.COLON)) {
      problems.error(first.place(), "expected a value, found " + first.shown(), "");
      return false;
    }
    if (isUnquotedAddress(arguments)) {
      return true;
    }
    if (!first.isText()) {
      problems.error(first.place(), "expected a value, found `:`", "write `key: value`");
      return false;
    }
    tokens.next();
    if (!tokens.peek().is(Kind.COLON)) {
      add(arguments, "", new Literal(first.text(), false, first.place()), first.place());
      return true;
    }
    tokens.next();
    return keyed(arguments, first);
  }

  private boolean keyed(List<Argument> arguments, Token key) {
    Token value = tokens.peek();
    if (!value.isText()) {
      problems.error(
          key.place(),
          "`" + Text.shortened(key.text()) + ":` has no value",
          "write it after the `:`");
      return value.is(Kind.COMMA) || value.is(Kind.CLOSE_PAREN);
    }
    if (value.is(Kind.STRING)) {
      tokens.next();
      add(arguments, key.text(), new Literal(value.text(), true, value.place()), key.place());
      return true;
    }
    String text = tokens.joinedRun();
    if (text.indexOf(':') >= 0 && Text.isDigit(text.charAt(0))) {
      tellUnquoted(value.place(), text);
    }
    add(arguments, key.text(), new Literal(text, false, value.place()), key.place());
    return true;
  }

  /**
   * Takes {@code 2001:db8::/32}, {@code ::1}, {@code 00:11:22:33:44:55} and {@code 1.2.3.4:53},
   * whose colons would be read as keys.
   */
  private boolean isUnquotedAddress(List<Argument> arguments) {
    Token first = tokens.peek();
    boolean digit = first.is(Kind.WORD) && Text.isDigit(first.text().charAt(0));
    boolean colonFirst = first.is(Kind.COLON);
    boolean joined = tokens.peek(1).is(Kind.COLON) && tokens.peek(1).joined();
    boolean hexadecimal =
        first.is(Kind.WORD)
            && joined
            && first.text().length() <= 4
            && Text.isAll(first.text(), Text::isHexDigit)
            && tokens.peek(2).joined()
            && (tokens.peek(2).is(Kind.COLON) || isHexadecimal(tokens.peek(2)));
    if (!(colonFirst || (digit && joined) || hexadecimal)) {
      return false;
    }
    String text = tokens.joinedRun();
    tellUnquoted(first.place(), text);
    add(arguments, "", new Literal(text, true, first.place()), first.place());
    return true;
  }

  private static boolean isHexadecimal(Token token) {
    return token.is(Kind.WORD)
        && token.text().length() <= 4
        && Text.isAll(token.text(), Text::isHexDigit);
  }

  private void tellUnquoted(Place place, String text) {
    problems.error(
        place,
        "`" + Text.shortened(text) + "` holds `:` and must be quoted",
        "write '" + Text.shortened(text) + "'");
  }

  private static void add(List<Argument> arguments, String key, Literal value, Place place) {
    arguments.add(new Argument(key, value, place));
  }
}
