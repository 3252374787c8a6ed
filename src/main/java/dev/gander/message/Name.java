package dev.gander.message;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Domain names between wire and text. On the wire a name is labels, each after its length byte (1
 * to 63), then a zero byte: at most 255 bytes. Letters are folded for ASCII only, RFC 4343.
 */
public final class Name {

  /** Longest name on the wire, root label included. */
  public static final int MAX_LENGTH = 255;

  private Name() {}

  /**
   * Length of the uncompressed name at {@code offset}, root label included.
   *
   * @param end first byte that is no longer part of the message
   * @return 1 to 255, or -1 if the name is too long, runs past {@code end} or holds a pointer
   */
  public static int length(byte[] wire, int offset, int end) {
    int at = offset;
    while (at < end) {
      int label = wire[at] & 0xff;
      at += 1 + label;
      if (label > 63 || at - offset > MAX_LENGTH) {
        return -1;
      }
      if (label == 0) {
        return at - offset;
      }
    }
    return -1;
  }

  /** The byte with an ASCII capital folded; length bytes are never capitals, being below 64. */
  public static byte lower(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b;
  }

  /** Whether two uncompressed names of {@code length} bytes are one name, letter case apart. */
  public static boolean equalsIgnoreCase(
      byte[] left, int leftOffset, byte[] right, int rightOffset, int length) {
    for (int i = 0; i < length; i++) {
      if (lower(left[leftOffset + i]) != lower(right[rightOffset + i])) {
        return false;
      }
    }
    return true;
  }

  /**
   * Text to lower-cased wire form. A final dot is optional; {@code \.} and {@code \123} are escapes
   * (RFC 1035 § 5.1); characters beyond ASCII go in as UTF-8.
   *
   * @throws IllegalArgumentException if a label is empty or over 63 bytes, or the name over 255
   */
  public static byte[] toWire(String text) {
    if (text.isEmpty() || text.equals(".")) {
      return new byte[1];
    }
    byte[] in = text.getBytes(StandardCharsets.UTF_8);
    byte[] out = new byte[in.length + 2];
    int lengthAt = 0;
    int at = 1;
    for (int i = 0; i < in.length; i++) {
      if (in[i] == '.') {
        lengthAt = closeLabel(text, out, lengthAt, at);
        at = lengthAt + 1;
      } else if (in[i] == '\\') {
        int escape = escapeLength(text, in, i);
        out[at++] = lower(escape == 3 ? (byte) number(in, i + 1) : in[i + 1]);
        i += escape;
      } else {
        out[at++] = lower(in[i]);
      }
    }
    if (at > lengthAt + 1) {
      lengthAt = closeLabel(text, out, lengthAt, at);
    }
    if (lengthAt + 1 > MAX_LENGTH) {
      throw new IllegalArgumentException("name '" + text + "' is longer than 255 bytes");
    }
    return Arrays.copyOf(out, lengthAt + 1);
  }

  /**
   * Wire form to text without the final dot; the root is {@code .}. Bytes that are not printable
   * ASCII become {@code \123}, a dot inside a label becomes {@code \.}.
   */
  public static String toText(byte[] wire, int offset) {
    if (wire[offset] == 0) {
      return ".";
    }
    StringBuilder text = new StringBuilder();
    int at = offset;
    while (wire[at] != 0) {
      if (at > offset) {
        text.append('.');
      }
      int labelEnd = at + 1 + wire[at];
      for (at++; at < labelEnd; at++) {
        appendByte(text, wire[at] & 0xff);
      }
    }
    return text.toString();
  }

  private static void appendByte(StringBuilder text, int b) {
    if (b == '.' || b == '\\') {
      text.append('\\').append((char) b);
    } else if (b > ' ' && b < 0x7f) {
      text.append((char) b);
    } else {
      text.append('\\').append((char) ('0' + b / 100));
      text.append((char) ('0' + b / 10 % 10)).append((char) ('0' + b % 10));
    }
  }

  private static int closeLabel(String text, byte[] out, int lengthAt, int at) {
    int length = at - lengthAt - 1;
    if (length == 0) {
      throw new IllegalArgumentException("name '" + text + "' has an empty label");
    }
    if (length > 63) {
      throw new IllegalArgumentException("name '" + text + "' has a label over 63 bytes");
    }
    out[lengthAt] = (byte) length;
    return at;
  }

  private static int escapeLength(String text, byte[] in, int backslash) {
    if (backslash + 1 < in.length && !digit(in[backslash + 1])) {
      return 1;
    }
    if (backslash + 3 < in.length
        && digit(in[backslash + 1])
        && digit(in[backslash + 2])
        && digit(in[backslash + 3])
        && number(in, backslash + 1) < 256) {
      return 3;
    }
    throw new IllegalArgumentException("name '" + text + "' has a wrong escape");
  }

  private static boolean digit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static int number(byte[] in, int at) {
    return (in[at] - '0') * 100 + (in[at + 1] - '0') * 10 + (in[at + 2] - '0');
  }
}
