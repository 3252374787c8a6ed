package dev.gander.config;

import dev.gander.config.Syntax.Argument;
import dev.gander.config.Syntax.Entry;
import dev.gander.config.Syntax.Item;
import dev.gander.config.Syntax.KeyValue;
import dev.gander.config.Syntax.Literal;
import dev.gander.config.Syntax.Section;
import dev.gander.config.Syntax.Value;
import dev.gander.config.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Text to a tree of sections and entries. After a mistake it goes on at the next line that looks
 * like the start of something, so that one run tells all mistakes.
 */
final class Parser {

  /** dae's deepest section is three deep. */
  private static final int MAX_DEPTH = 8;

  static final Set<String> TOP_LEVEL =
      Set.of("include", "global", "subscription", "node", "group", "dns", "routing");

  private final Tokens tokens;
  private final Problems problems;
  private final RuleParser rules;
  private final Deque<Token> open = new ArrayDeque<>();
  private @Nullable Place missingBraceTold;

  private Parser(Tokens tokens, Problems problems) {
    this.tokens = tokens;
    this.problems = problems;
    this.rules = new RuleParser(tokens, problems);
  }

  /** The sections of a file, in order; mistakes go to {@code problems}. */
  static List<Section> parse(String file, String text, Problems problems) {
    Problems first = new Problems();
    Lexer lexer = new Lexer(file, text, false, first);
    List<Section> sections = new Parser(new Tokens(lexer), first).file();
    if (lexer.foundUnclosedString()) {
      // One missing quote turns the rest of the file inside out: read it again, line by line.
      Problems second = new Problems();
      Lexer again = new Lexer(file, text, true, second);
      sections = new Parser(new Tokens(again), second).file();
      first = second;
    }
    problems.addAll(first);
    return sections;
  }

  private List<Section> file() {
    List<Section> sections = new ArrayList<>();
    while (!tokens.peek().is(Kind.END)) {
      if (startsSection()) {
        sections.add(section());
      } else {
        tellStray(tokens.next());
        while (!tokens.peek().is(Kind.END) && !startsSection()) {
          tokens.next();
        }
      }
    }
    return sections;
  }

  private void tellStray(Token stray) {
    if (stray.is(Kind.CLOSE_BRACE)) {
      problems.error(stray.place(), "this `}` closes nothing", "remove it");
    } else if (stray.isText() && TOP_LEVEL.contains(stray.text())) {
      problems.error(
          tokens.peek().place(),
          "expected `{` after `" + stray.text() + "`, found " + tokens.peek().shown(),
          "write `" + stray.text() + " { … }`");
    } else {
      problems.error(
          stray.place(),
          stray.shown() + " stands outside of any section",
          "write it inside of `global { … }`, `dns { … }`, `routing { … }` or another section");
    }
  }

  private boolean startsSection() {
    return tokens.peek().isText() && tokens.peek(1).is(Kind.OPEN_BRACE);
  }

  /** From its name on; a colon before the brace has been told. */
  private Section section() {
    Token name = tokens.next();
    if (tokens.next().is(Kind.COLON)) {
      tokens.next();
    }
    List<Entry> entries = new ArrayList<>();
    if (open.size() >= MAX_DEPTH) {
      problems.error(name.place(), "sections nested too deep", "");
      tokens.skipBlock();
      return new Section(name.text(), entries, name.place());
    }
    open.push(name);
    while (!tokens.peek().is(Kind.CLOSE_BRACE)) {
      if (tokens.peek().is(Kind.END) || isMissingBrace()) {
        tellMissingBrace(name);
        open.pop();
        return new Section(name.text(), entries, name.place());
      }
      entry(entries);
    }
    tokens.next();
    open.pop();
    return new Section(name.text(), entries, name.place());
  }

  /** A top-level section begins where none can: a brace was forgotten before it. */
  private boolean isMissingBrace() {
    return startsSection() && TOP_LEVEL.contains(tokens.peek().text()) && !mayNest();
  }

  /** {@code dns} has a {@code routing} of its own, and a group may be called like a section. */
  private boolean mayNest() {
    Token parent = open.element();
    String name = tokens.peek().text();
    Token first = tokens.peek(2);
    if (parent.text().equals("dns") && name.equals("routing")) {
      return first.is(Kind.CLOSE_BRACE)
          || first.text().matches("request|response")
          || tokens.peek().place().column() > parent.place().column();
    }
    return parent.text().equals("group")
        && open.size() == 1
        && (name.equals("group") || name.equals("node") || GroupKeys.isKey(first.text()));
  }

  private void tellMissingBrace(Token name) {
    Token found = tokens.peek();
    if (found.is(Kind.END)) {
      problems.error(
          name.place(), "section `" + name.text() + "` is never closed", "write `}` where it ends");
    } else if (!found.place().equals(missingBraceTold)) {
      missingBraceTold = found.place();
      problems.error(
          found.place(),
          "section `%s` of line %d is not closed before `%s`"
              .formatted(Text.shortened(name.text()), name.place().line(), found.text()),
          "write `}` where it ends");
    }
  }

  private void entry(List<Entry> entries) {
    Token token = tokens.peek();
    Token after = tokens.peek(1);
    if (token.is(Kind.NOT) || (token.is(Kind.WORD) && after.is(Kind.OPEN_PAREN))) {
      rules.rule(entries);
    } else if (!token.isText()) {
      unexpected(entries, token);
    } else if (after.is(Kind.OPEN_BRACE)) {
      entries.add(section());
    } else if (isBareLink()) {
      Place place = token.place();
      entries.add(new Item(new Literal(tokens.joinedRun(), false, place)));
    } else if (after.is(Kind.COLON) && tokens.peek(2).is(Kind.OPEN_BRACE)) {
      problems.error(
          after.place(), "a `:` before `{`", "write `" + Text.shortened(token.text()) + " { … }`");
      entries.add(section());
    } else if (after.is(Kind.COLON)) {
      keyValue(entries);
    } else if (after.is(Kind.ARROW)) {
      problems.error(
          token.place(),
          "`" + Text.shortened(token.text()) + "` is no condition",
          token.text().equals("fallback")
              ? "write `fallback: NAME`"
              : "write `FUNCTION(value) -> OUTBOUND`");
      tokens.next();
      tokens.skipEntry();
    } else {
      tokens.next();
      entries.add(new Item(new Literal(token.text(), token.is(Kind.STRING), token.place())));
    }
  }

  private void unexpected(List<Entry> entries, Token token) {
    tokens.next();
    if (token.is(Kind.COMMA) && !entries.isEmpty() && entries.getLast() instanceof Item) {
      return;
    }
    if (token.is(Kind.OPEN_BRACE)) {
      problems.error(token.place(), "a section without a name", "write `NAME { … }`");
      tokens.skipBlock();
      return;
    }
    problems.error(
        token.place(),
        "unexpected " + token.shown(),
        token.is(Kind.AND) || token.is(Kind.ARROW)
            ? "a rule is `FUNCTION(value) && FUNCTION(value) -> OUTBOUND`"
            : "an entry is `key: value`");
    tokens.skipEntry();
  }

  /** {@code https://host/path} without quotes, on its own: the colon is part of it. */
  private boolean isBareLink() {
    return tokens.peek().is(Kind.WORD)
        && tokens.peek(1).is(Kind.COLON)
        && tokens.peek(1).joined()
        && tokens.peek(2).is(Kind.WORD)
        && tokens.peek(2).joined()
        && tokens.peek(2).text().startsWith("//");
  }

  private void keyValue(List<Entry> entries) {
    Token key = tokens.next();
    tokens.next();
    List<Value> values = new ArrayList<>();
    while (true) {
      if ((isBareLink() && tokens.peek().startsLine()) || !value(key, values)) {
        break;
      }
      if (!tokens.peek().is(Kind.COMMA)) {
        break;
      }
      tokens.next();
      if (endsList()) {
        break;
      }
    }
    List<Argument> annotation =
        tokens.peek().is(Kind.OPEN_BRACKET) ? rules.annotation() : List.of();
    if (!values.isEmpty()) {
      entries.add(new KeyValue(key.text(), values, annotation, key.place()));
    }
  }

  /** What follows a comma is not another value: the comma was a trailing one. */
  private boolean endsList() {
    Token token = tokens.peek();
    boolean namesNext =
        token.isText()
            && token.startsLine()
            && (tokens.peek(1).is(Kind.COLON) || tokens.peek(1).is(Kind.OPEN_BRACE));
    return namesNext || token.is(Kind.CLOSE_BRACE) || token.is(Kind.END);
  }

  /** One value after the colon or a comma; false if there is none, which has been told. */
  private boolean value(Token key, List<Value> values) {
    Token token = tokens.peek();
    Token after = tokens.peek(1);
    if (token.is(Kind.NOT) || (token.is(Kind.WORD) && after.is(Kind.OPEN_PAREN))) {
      return rules.expression(values);
    }
    boolean nextEntry =
        token.isText() && after.is(Kind.COLON) && (token.startsLine() || !after.joined());
    if (!token.isText() || nextEntry || after.is(Kind.OPEN_BRACE)) {
      problems.error(
          key.place(),
          "`" + Text.shortened(key.text()) + "` has no value",
          "write it after the `:`");
      if (!token.isText() && !token.is(Kind.CLOSE_BRACE) && !token.startsLine()) {
        tokens.skipEntry();
      }
      return false;
    }
    tokens.next();
    String text = token.text();
    if (tokens.peek().joined() && tokens.peek().is(Kind.COLON)) {
      text = text + tokens.joinedRun();
      problems.error(
          token.place(),
          "the value `" + Text.shortened(text) + "` holds a `:`",
          "put it in quotes: '" + Text.shortened(text) + "'");
    }
    values.add(new Literal(text, token.is(Kind.STRING), token.place()));
    return true;
  }
}
