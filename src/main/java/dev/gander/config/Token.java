package dev.gander.config;

/**
 * One token.
 *
 * @param text the word as written, or the string without its quotes
 * @param joined nothing stands between this token and the one before
 * @param startsLine the first token of its line
 */
record Token(Kind kind, String text, Place place, boolean joined, boolean startsLine) {

  enum Kind {
    WORD("a word"),
    STRING("a string"),
    COLON("`:`"),
    COMMA("`,`"),
    OPEN_BRACE("`{`"),
    CLOSE_BRACE("`}`"),
    OPEN_PAREN("`(`"),
    CLOSE_PAREN("`)`"),
    OPEN_BRACKET("`[`"),
    CLOSE_BRACKET("`]`"),
    ARROW("`->`"),
    AND("`&&`"),
    NOT("`!`"),
    END("the end of the file");

    private final String shown;

    Kind(String shown) {
      this.shown = shown;
    }
  }

  boolean is(Kind other) {
    return kind == other;
  }

  /** A word or a string: what may name or be something. */
  boolean isText() {
    return kind == Kind.WORD || kind == Kind.STRING;
  }

  /** How a message calls it. */
  String shown() {
    return isText() ? "`" + Text.shortened(text) + "`" : kind.shown;
  }
}
