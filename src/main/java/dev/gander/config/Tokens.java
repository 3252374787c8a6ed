package dev.gander.config;

import dev.gander.config.Token.Kind;

/** The tokens of a file with a look at a few of those to come. */
final class Tokens {

  /** The grammar looks no further ahead than this. */
  private static final int AHEAD = 4;

  private final Lexer lexer;
  private final Token[] ring = new Token[AHEAD];
  private int first;
  private int count;

  Tokens(Lexer lexer) {
    this.lexer = lexer;
  }

  Token peek() {
    return peek(0);
  }

  /**
   * The token that many places further on.
   *
   * @param distance 0 to 3
   */
  Token peek(int distance) {
    while (count <= distance) {
      ring[(first + count) % AHEAD] = lexer.next();
      count++;
    }
    return ring[(first + distance) % AHEAD];
  }

  /** Takes the next token; the end stays the end. */
  Token next() {
    Token token = peek();
    if (!token.is(Kind.END)) {
      first = (first + 1) % AHEAD;
      count--;
    }
    return token;
  }

  /** Takes words and colons as long as nothing stands between them. */
  String joinedRun() {
    Token only = peek();
    if (only.is(Kind.WORD) && !runsOn(peek(1))) {
      return next().text();
    }
    StringBuilder run = new StringBuilder();
    do {
      Token token = next();
      run.append(token.is(Kind.COLON) ? ":" : token.text());
    } while (runsOn(peek()));
    return run.toString();
  }

  private static boolean runsOn(Token token) {
    return token.joined() && (token.is(Kind.COLON) || token.is(Kind.WORD));
  }

  /** Goes on to what may be the start of the next entry: after a mistake. */
  void skipEntry() {
    while (true) {
      Token token = peek();
      if (token.is(Kind.END) || token.is(Kind.CLOSE_BRACE)) {
        return;
      }
      if (token.startsLine()
          && (token.isText() || token.is(Kind.NOT))
          && !peek(1).is(Kind.COMMA)
          && !peek(1).is(Kind.CLOSE_PAREN)) {
        return;
      }
      next();
      if (token.is(Kind.OPEN_BRACE)) {
        skipBlock();
      }
    }
  }

  /** Takes everything up to the brace that closes the block just opened. */
  void skipBlock() {
    for (int depth = 1; depth > 0 && !peek().is(Kind.END); ) {
      Token token = next();
      if (token.is(Kind.OPEN_BRACE)) {
        depth++;
      } else if (token.is(Kind.CLOSE_BRACE)) {
        depth--;
      }
    }
  }
}
