package dev.gander.config;

import dev.gander.config.Token.Kind;
import java.util.ArrayDeque;

/** The tokens of a file with a look at a few of those to come. */
final class Tokens {

  private final Lexer lexer;
  private final ArrayDeque<Token> ahead = new ArrayDeque<>();

  Tokens(Lexer lexer) {
    this.lexer = lexer;
  }

  Token peek() {
    return peek(0);
  }

  /** The token that many places further on. */
  Token peek(int distance) {
    while (ahead.size() <= distance) {
      ahead.addLast(lexer.next());
    }
    int i = 0;
    for (Token token : ahead) {
      if (i++ == distance) {
        return token;
      }
    }
    throw new IllegalArgumentException("looking too far ahead: " + distance);
  }

  /** Takes the next token; the end stays the end. */
  Token next() {
    Token token = peek();
    if (!token.is(Kind.END)) {
      ahead.removeFirst();
    }
    return token;
  }

  /** Takes words and colons as long as nothing stands between them. */
  String joinedRun() {
    StringBuilder run = new StringBuilder();
    do {
      Token token = next();
      run.append(token.is(Kind.COLON) ? ":" : token.text());
    } while (peek().joined() && (peek().is(Kind.COLON) || peek().is(Kind.WORD)));
    return run.toString();
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
