package dev.gander.route;

import java.net.IDN;
import java.nio.charset.StandardCharsets;

/** A domain as people write it, made into a lower-cased wire name. */
final class DomainName {

  private static final int LONGEST_NAME = 255;
  private static final int LONGEST_LABEL = 63;

  private DomainName() {}

  /**
   * Writes the wire form to the start of {@code wire}. A dot at the end changes nothing; what is
   * not ASCII becomes punycode (RFC 3490, as {@link IDN} has it).
   *
   * @param text UTF-8
   * @param wire at least 255 bytes
   * @return bytes written with the root label, or -1 if this is no domain name
   */
  static int toWire(byte[] text, int offset, int length, byte[] wire) {
    int end = offset + length;
    if (length > 0 && text[end - 1] == '.') {
      end--;
    }
    int label = 0;
    int at = 1;
    for (int i = offset; i < end; i++) {
      byte b = text[i];
      if (b < 0) {
        return internationalToWire(text, offset, length, wire);
      }
      if (at == LONGEST_NAME) {
        return -1;
      }
      if (b != '.') {
        wire[at++] = lower(b);
      } else if (endLabel(wire, label, at)) {
        label = at++;
      } else {
        return -1;
      }
    }
    if (offset == end) {
      wire[0] = 0;
      return length == 1 ? 1 : -1; // a dot alone is the root
    }
    if (at == LONGEST_NAME || !endLabel(wire, label, at)) {
      return -1;
    }
    wire[at] = 0;
    return at + 1;
  }

  private static boolean endLabel(byte[] wire, int label, int at) {
    int length = at - label - 1;
    wire[label] = (byte) length;
    return length > 0 && length <= LONGEST_LABEL;
  }

  private static int internationalToWire(byte[] text, int offset, int length, byte[] wire) {
    String unicode = new String(text, offset, length, StandardCharsets.UTF_8);
    try {
      byte[] ascii = IDN.toASCII(unicode, IDN.ALLOW_UNASSIGNED).getBytes(StandardCharsets.US_ASCII);
      return toWire(ascii, 0, ascii.length, wire);
    } catch (IllegalArgumentException notAName) {
      return -1;
    }
  }

  private static byte lower(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b + ('a' - 'A')) : b;
  }
}
