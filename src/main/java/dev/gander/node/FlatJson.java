package dev.gander.node;

import java.util.LinkedHashMap;
import java.util.Map;

/** A JSON object (RFC 8259) that holds no other object and no list, as text by key. */
final class FlatJson {

  private final String text;
  private int at;

  private FlatJson(String text) {
    this.text = text;
  }

  /** Of a key that stands twice the last counts; {@code null} is empty. */
  static Map<String, String> read(String text) throws LinkException {
    return new FlatJson(text).object();
  }

  private Map<String, String> object() throws LinkException {
    Map<String, String> values = new LinkedHashMap<>();
    expect('{');
    if (peek() == '}') {
      at++;
    } else {
      do {
        expect('"');
        String key = string();
        expect(':');
        values.put(key, value());
      } while (comma());
    }
    if (peek() != 0) {
      throw broken("goes on after its end");
    }
    return values;
  }

  private boolean comma() throws LinkException {
    if (peek() == ',') {
      at++;
      return true;
    }
    expect('}');
    return false;
  }

  private String value() throws LinkException {
    char first = peek();
    if (first == '"') {
      at++;
      return string();
    }
    if (first == '{' || first == '[') {
      throw broken("holds an object or a list");
    }
    int start = at;
    while (at < text.length() && isOfWord(text.charAt(at))) {
      at++;
    }
    String word = text.substring(start, at);
    if (word.equals("null")) {
      return "";
    }
    if (word.matches("true|false|-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
      return word;
    }
    throw broken("has a value that is none");
  }

  private static boolean isOfWord(char c) {
    return "+-.".indexOf(c) >= 0 || Character.isLetterOrDigit(c);
  }

  private String string() throws LinkException {
    StringBuilder string = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      switch (c) {
        case '"' -> {
          return string.toString();
        }
        case '\\' -> string.append(escaped());
        default -> string.append(c);
      }
    }
    throw broken("ends within a string");
  }

  private char escaped() throws LinkException {
    char c = at < text.length() ? text.charAt(at++) : 0;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> throw broken("has an escape that is none");
    };
  }

  private char unicode() throws LinkException {
    String digits = text.substring(at, Math.min(text.length(), at + 4));
    if (!digits.matches("[0-9A-Fa-f]{4}")) {
      throw broken("has an escape that is none");
    }
    at += 4;
    return (char) Integer.parseInt(digits, 16);
  }

  private void expect(char wanted) throws LinkException {
    if (peek() != wanted) {
      throw broken("lacks a `" + wanted + "`");
    }
    at++;
  }

  /** The next character that is no blank; 0 at the end. */
  private char peek() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private static LinkException broken(String how) {
    return new LinkException("the link's JSON " + how);
  }
}
