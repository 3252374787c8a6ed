package dev.gander.message;

import java.nio.charset.StandardCharsets;

/** The OPT pseudo-record, RFC 6891, as gander writes it, and its EDE option, RFC 8914. */
final class Opt {

  /** Bytes of an OPT record without options. */
  static final int LENGTH = 11;

  static final int EDE = 15;

  /** Longer texts are cut: an error must not make the answer too large for its datagram. */
  private static final int MAX_EDE_TEXT = 120;

  private Opt() {}

  /**
   * Writes OPT with our UDP size of 1232 bytes.
   *
   * @param rcode all 12 bits; the upper eight go here
   * @param options encoded options, each with code and length
   * @return bytes written
   */
  static int write(byte[] out, int at, int rcode, boolean dnssecOk, byte[] options) {
    out[at] = 0;
    Wire.put16(out, at + 1, RecordType.OPT);
    Wire.put16(out, at + 3, Request.MAX_UDP_ANSWER);
    Wire.put32(out, at + 5, rcode >> 4 << 24 | (dnssecOk ? Wire.DO : 0));
    Wire.put16(out, at + 9, options.length);
    System.arraycopy(options, 0, out, at + LENGTH, options.length);
    return LENGTH + options.length;
  }

  /** One encoded EDE option; {@code text} may be empty. */
  static byte[] extendedError(ExtendedError error, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(utf8.length, MAX_EDE_TEXT);
    while (length < utf8.length && (utf8[length] & 0xc0) == 0x80) {
      length--;
    }
    byte[] option = new byte[6 + length];
    Wire.put16(option, 0, EDE);
    Wire.put16(option, 2, 2 + length);
    Wire.put16(option, 4, error.code());
    System.arraycopy(utf8, 0, option, 6, length);
    return option;
  }

  /** Whether the options fill {@code from} to {@code end} exactly. */
  static boolean wellFormed(byte[] wire, int from, int end) {
    int at = from;
    while (at + 4 <= end) {
      at += 4 + Wire.u16(wire, at + 2);
    }
    return at == end;
  }

  /** SCOPE PREFIX-LENGTH of a client subnet; {@link Answer#NO_SCOPE} if there is none. */
  static int findScope(byte[] wire, int from, int end) {
    int at = from;
    while (at + 4 <= end) {
      int length = Wire.u16(wire, at + 2);
      if (Wire.u16(wire, at) == EdnsOptions.CLIENT_SUBNET && at + 4 + length <= end) {
        return Subnet.lengthAt(wire, at + 4, length) < 0 ? Answer.NO_SCOPE : wire[at + 7] & 0xff;
      }
      at += 4 + length;
    }
    return Answer.NO_SCOPE;
  }

  /** The first EDE option between {@code from} and {@code end}, encoded; empty if there is none. */
  static byte[] findExtendedError(byte[] wire, int from, int end) {
    int at = from;
    while (at + 4 <= end) {
      int length = Wire.u16(wire, at + 2);
      if (Wire.u16(wire, at) == EDE && length >= 2 && at + 4 + length <= end) {
        return extendedError(
            ExtendedError.of(Wire.u16(wire, at + 4)),
            new String(wire, at + 6, length - 2, StandardCharsets.UTF_8));
      }
      at += 4 + length;
    }
    return new byte[0];
  }
}
