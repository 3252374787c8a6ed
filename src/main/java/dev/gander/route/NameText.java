package dev.gander.route;

import java.nio.charset.StandardCharsets;

/** A wire name read as text without its last dot ({@code www.example.com}); reused. */
final class NameText implements CharSequence {

  private final byte[] text = new byte[255];
  private int length;

  /** Reads a well-formed wire name. */
  void read(byte[] name, int offset) {
    int at = offset;
    int written = 0;
    for (int label = name[at]; label != 0; label = name[at]) {
      if (written > 0) {
        text[written++] = '.';
      }
      System.arraycopy(name, at + 1, text, written, label);
      written += label;
      at += label + 1;
    }
    length = written;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public char charAt(int index) {
    return (char) (text[index] & 0xff);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return toString().substring(start, end);
  }

  @Override
  public String toString() {
    return new String(text, 0, length, StandardCharsets.ISO_8859_1);
  }
}
