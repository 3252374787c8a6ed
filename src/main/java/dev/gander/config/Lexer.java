package dev.gander.config;

import dev.gander.config.Token.Kind;

/**
 * Text to tokens, one at a time, each character looked at a bounded number of times.
 *
 * <p>A word holds no {@code :} and no {@code ,}; the parser joins pieces that touch where a colon
 * may stand inside.
 */
final class Lexer {

  private final String file;
  private final String text;
  private final boolean stringsEndWithTheLine;
  private final Problems problems;

  private int at;
  private int line = 1;
  private int column = 1;

  /** Where the last token ended. */
  private int lastLine;

  private boolean unclosedString;

  /**
   * @param stringsEndWithTheLine the second attempt at a file with an open string: each string that
   *     does not close on its line is told, and ends there
   */
  Lexer(String file, String text, boolean stringsEndWithTheLine, Problems problems) {
    this.file = file;
    this.text = text;
    this.stringsEndWithTheLine = stringsEndWithTheLine;
    this.problems = problems;
    if (text.startsWith("\uFEFF")) {
      at = 1;
    }
  }

  /** Some string runs to the end of the file. */
  boolean foundUnclosedString() {
    return unclosedString;
  }

  Token next() {
    int before = at;
    skipSpaceAndComments();
    boolean joined = at == before && line == lastLine;
    boolean startsLine = line != lastLine;
    Place place = here();
    if (at >= text.length()) {
      return new Token(Kind.END, "", place, false, true);
    }
    Token token = token(place, joined, startsLine);
    lastLine = line;
    return token;
  }

  private Token token(Place place, boolean joined, boolean startsLine) {
    int c = text.codePointAt(at);
    char meant = Text.meantBy(c);
    if (meant != 0) {
      problems.error(
          place,
          "the full-width or typographic character `" + Character.toString(c) + "`",
          meant == '"' || meant == '\'' ? "write a plain quote: '" : "write `" + meant + "`");
      c = meant;
    }
    if (c == '\'' || c == '"') {
      return new Token(Kind.STRING, string(place, c), place, joined, startsLine);
    }
    Kind kind = punctuation(place, c);
    if (kind != Kind.WORD) {
      return new Token(kind, "", place, joined, startsLine);
    }
    return new Token(Kind.WORD, word(), place, joined, startsLine);
  }

  /** Takes the punctuation at this place; {@link Kind#WORD} and nothing taken if there is none. */
  private Kind punctuation(Place place, int c) {
    return switch (c) {
      case ':' -> take(1, Kind.COLON);
      case ',' -> take(1, Kind.COMMA);
      case '{' -> take(1, Kind.OPEN_BRACE);
      case '}' -> take(1, Kind.CLOSE_BRACE);
      case '(' -> take(1, Kind.OPEN_PAREN);
      case ')' -> take(1, Kind.CLOSE_PAREN);
      case '[' -> take(1, Kind.OPEN_BRACKET);
      case ']' -> take(1, Kind.CLOSE_BRACKET);
      case '!' -> take(1, Kind.NOT);
      case '-' -> follows(1, '>') ? take(2, Kind.ARROW) : Kind.WORD;
      case '&' -> {
        if (follows(1, '&')) {
          yield take(2, Kind.AND);
        }
        problems.error(place, "a single `&`", "write `&&`");
        yield take(1, Kind.AND);
      }
      case '=' -> {
        boolean arrow = follows(1, '>');
        problems.error(
            place, arrow ? "`=>`" : "`=` instead of `:`", arrow ? "write `->`" : "write `:`");
        yield arrow ? take(2, Kind.ARROW) : take(1, Kind.COLON);
      }
      case 0x2192, '>' -> {
        problems.error(place, "the character `" + Character.toString(c) + "`", "write `->`");
        yield take(1, Kind.ARROW);
      }
      default -> Kind.WORD;
    };
  }

  private Kind take(int characters, Kind kind) {
    for (int i = 0; i < characters; i++) {
      advance();
    }
    return kind;
  }

  /**
   * The word at this place. Characters that cannot stand in a bare word are told and kept, so that
   * one of them gives one message.
   */
  private String word() {
    int start = at;
    Place badPlace = Place.BUILT_IN;
    int bad = 0;
    while (at < text.length()) {
      int c = text.codePointAt(at);
      if (endsWord(c) || (c == '-' && follows(1, '>'))) {
        break;
      }
      boolean fits =
          (at == start ? Text.startsWord(c) : Text.isInsideWord(c))
              && !Text.isControl(c)
              && c != 0xFFFD;
      if (!fits && bad == 0) {
        bad = c;
        badPlace = here();
      }
      advance();
    }
    if (bad != 0) {
      tellBadCharacter(badPlace, bad);
    }
    return text.substring(start, at);
  }

  private static boolean endsWord(int c) {
    return Text.isSpace(c) || Text.meantBy(c) != 0 || ":,;{}()[]'\"".indexOf(c) >= 0 || c == 0x2192;
  }

  private void tellBadCharacter(Place place, int c) {
    if (c == 0xFFFD) {
      problems.error(place, "this is not UTF-8 text", "save the file as UTF-8");
    } else if (Text.isControl(c)) {
      problems.error(
          place, String.format("the control character U+%04X", c), "remove it from the file");
    } else if (c == '|') {
      problems.error(
          place, "the character `|`", "write a list `(a, b)`, two rules, or put it in quotes");
    } else {
      problems.error(
          place,
          "the character `" + Character.toString(c) + "` in a bare word",
          "put the word in quotes: '…'");
    }
  }

  /** The string that opens at this place, without its quotes. */
  private String string(Place opening, int quote) {
    char meant = Text.meantBy(text.codePointAt(at));
    advance();
    StringBuilder value = new StringBuilder();
    while (at < text.length()) {
      int c = text.codePointAt(at);
      if (c == quote || (meant != 0 && Text.meantBy(c) == quote)) {
        advance();
        return value.toString();
      }
      if (c == '\n' && stringsEndWithTheLine) {
        break;
      }
      if (c == '\\' && at + 1 < text.length()) {
        escaped(value, quote);
        continue;
      }
      if ((Text.isControl(c) && c < 0xA0) || c == 0xFFFD) {
        tellBadCharacter(here(), c);
      }
      value.appendCodePoint(c);
      advance();
    }
    unclosedString = true;
    problems.error(
        opening, "this string is never closed", "close it with " + Character.toString(quote));
    return value.toString().strip();
  }

  /** A backslash keeps the next quote from closing the string; before anything else it stays. */
  private void escaped(StringBuilder value, int quote) {
    advance();
    int next = text.codePointAt(at);
    if (next == '\n' && stringsEndWithTheLine) {
      value.append('\\');
      return;
    }
    if (next != quote) {
      value.append('\\');
    }
    value.appendCodePoint(next);
    advance();
  }

  private void skipSpaceAndComments() {
    while (at < text.length()) {
      int c = text.codePointAt(at);
      if (Text.isSpace(c)) {
        advance();
      } else if (c == '#') {
        skipLine();
      } else if (c == ';') {
        problems.error(here(), "the character `;`", "entries end with the line; remove it");
        advance();
      } else if (c == '/' && follows(1, '*')) {
        skipBlockComment();
      } else if (c == '/' && follows(1, '/') && !(at > 0 && text.charAt(at - 1) == ':')) {
        problems.error(here(), "`//` does not begin a comment", "comments begin with `#`");
        skipLine();
      } else {
        return;
      }
    }
  }

  private void skipLine() {
    while (at < text.length() && text.charAt(at) != '\n') {
      advance();
    }
  }

  private void skipBlockComment() {
    Place opening = here();
    advance();
    advance();
    while (at < text.length()) {
      if (text.charAt(at) == '*' && follows(1, '/')) {
        advance();
        advance();
        return;
      }
      advance();
    }
    problems.error(opening, "this comment is never closed", "close it with */");
  }

  private boolean follows(int distance, char c) {
    return at + distance < text.length() && text.charAt(at + distance) == c;
  }

  private Place here() {
    return new Place(file, line, column);
  }

  private void advance() {
    int c = text.codePointAt(at);
    at += Character.charCount(c);
    if (c == '\n') {
      line++;
      column = 1;
    } else {
      column++;
    }
  }
}
