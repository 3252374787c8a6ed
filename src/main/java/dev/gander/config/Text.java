package dev.gander.config;

import java.util.function.IntPredicate;

/** How characters are told apart, and how they are shown in messages. */
final class Text {

  private static final int SHOWN = 60;

  private static final byte NEVER = 0;
  private static final byte INSIDE = 1;
  private static final byte STARTS = 2;
  private static final byte[] WORD = wordCharacters();

  private Text() {}

  /** White space of any script; the invisible ones that editors and web pages slip in, too. */
  static boolean isSpace(int c) {
    return switch (c) {
      case ' ', '\t', '\r', '\n' -> true;
      case 0x00A0, 0x200B, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF -> true;
      default -> c >= 0x2000 && c <= 0x200A;
    };
  }

  /** Characters nobody can see or type on purpose; those that turn the reading direction, too. */
  static boolean isControl(int c) {
    return (c < 0x20 && !isSpace(c))
        || (c >= 0x7F && c <= 0x9F)
        || (c >= 0x202A && c <= 0x202E)
        || (c >= 0x2066 && c <= 0x2069)
        || c == 0x2028
        || c == 0x2029;
  }

  static boolean startsWord(int c) {
    return c < 128 ? WORD[c] == STARTS : c > 0x9F;
  }

  static boolean isInsideWord(int c) {
    return c < 128 ? WORD[c] != NEVER : c > 0x9F;
  }

  private static byte[] wordCharacters() {
    byte[] kinds = new byte[128];
    for (int c = 0; c < kinds.length; c++) {
      if (isLetterOrDigit(c) || "*+-./\\^_".indexOf(c) >= 0) {
        kinds[c] = STARTS;
      } else if ("!#$%=@".indexOf(c) >= 0) {
        kinds[c] = INSIDE;
      }
    }
    return kinds;
  }

  /** Whether all characters of a text are of a kind; true of the empty text. */
  static boolean isAll(String text, IntPredicate kind) {
    for (int i = 0; i < text.length(); i++) {
      if (!kind.test(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** Whether any of the characters stands in the text. */
  static boolean holdsAny(String text, String characters) {
    for (int i = 0; i < text.length(); i++) {
      if (characters.indexOf(text.charAt(i)) >= 0) {
        return true;
      }
    }
    return false;
  }

  static boolean isLetterOrDigit(int c) {
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  static boolean isHexDigit(int c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  /** The ASCII character that was meant by a full-width or typographic one; 0 if it is none. */
  static char meantBy(int c) {
    return switch (c) {
      case 0xFF1A -> ':';
      case 0xFF0C, 0x3001 -> ',';
      case 0xFF08 -> '(';
      case 0xFF09 -> ')';
      case 0xFF5B -> '{';
      case 0xFF5D -> '}';
      case 0xFF01 -> '!';
      case 0x2018, 0x2019, 0xFF07 -> '\'';
      case 0x201C, 0x201D, 0xFF02 -> '"';
      default -> 0;
    };
  }

  /** A value as messages quote it: one line, not too long. */
  static String shortened(String value) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < value.length() && shown.length() < SHOWN; ) {
      int c = value.codePointAt(i);
      i += Character.charCount(c);
      append(shown, c);
      if (shown.length() >= SHOWN && i < value.length()) {
        shown.append('…');
      }
    }
    return shown.toString();
  }

  /** A whole message on one line. */
  static String oneLine(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          if (c == '\n') {
            shown.append("\\n");
          } else {
            append(shown, c);
          }
        });
    return shown.toString();
  }

  private static void append(StringBuilder shown, int c) {
    if (c < 0x20 || isControl(c)) {
      shown.append(String.format("\\u%04x", c));
    } else {
      shown.appendCodePoint(c);
    }
  }
}
