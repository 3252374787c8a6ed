package dev.gander.message;

import java.nio.charset.StandardCharsets;

/** The OPT pseudo-record, RFC 6891, as gander writes it, and its EDE option, RFC 8914. */
final class Opt {

  /** Bytes of an OPT record without options. */
  static final int LENGTH = 11;

  static final int EDE = 15;

  /** Bytes of an EDE option without text. */
  private static final int BARE_EDE = 6;

  /** Longer texts are cut. For a client that takes little they are cut again: {@link #fitting}. */
  private static final int MAX_EDE_TEXT = 400;

  /** What upstreams say is kept with their answers, by the kernel too. */
  private static final int MAX_PASSED_ON_TEXT = 120;

  private Opt() {}

  /**
   * Writes OPT with our UDP size of 1232 bytes.
   *
   * @param rcode all 12 bits; the upper eight go here
   * @param options encoded options, each with code and length
   * @return bytes written
   */
  static int write(byte[] out, int at, int rcode, boolean dnssecOk, byte[] options) {
    return write(out, at, rcode, dnssecOk, options, options.length);
  }

  /**
   * The same with no more of its one option than there is room for.
   *
   * @param options one EDE option, or nothing
   * @param length how much of it, as {@link #fitting} says
   * @return bytes written
   */
  static int write(byte[] out, int at, int rcode, boolean dnssecOk, byte[] options, int length) {
    out[at] = 0;
    Wire.put16(out, at + 1, RecordType.OPT);
    Wire.put16(out, at + 3, Request.MAX_UDP_ANSWER);
    Wire.put32(out, at + 5, rcode >> 4 << 24 | (dnssecOk ? Wire.DO : 0));
    Wire.put16(out, at + 9, length);
    System.arraycopy(options, 0, out, at + LENGTH, length);
    if (length < options.length) {
      Wire.put16(out, at + LENGTH + 2, length - 4);
    }
    return LENGTH + length;
  }

  /** One encoded EDE option; {@code text} may be empty. */
  static byte[] extendedError(ExtendedError error, String text) {
    return extendedError(error, text.getBytes(StandardCharsets.UTF_8), MAX_EDE_TEXT);
  }

  private static byte[] extendedError(ExtendedError error, byte[] utf8, int most) {
    int length = utf8.length <= most ? utf8.length : cut(utf8, 0, most);
    byte[] option = new byte[BARE_EDE + length];
    Wire.put16(option, 0, EDE);
    Wire.put16(option, 2, 2 + length);
    Wire.put16(option, 4, error.code());
    System.arraycopy(utf8, 0, option, BARE_EDE, length);
    return option;
  }

  /**
   * Where a text from {@code from} on that is longer than {@code most} ends: before a space, or
   * where it has none so far, before a character. Bytes from {@code from}.
   */
  private static int cut(byte[] utf8, int from, int most) {
    for (int length = most; length > 0; length--) {
      if (utf8[from + length] == ' ') {
        return length;
      }
    }
    int length = most;
    while (length > 0 && (utf8[from + length] & 0xc0) == 0x80) {
      length--;
    }
    return length;
  }

  /**
   * How much of an option made here may be written into {@code room} bytes: the text is cut, or
   * left out, the code never. No allocation.
   *
   * @param options one EDE option, or nothing
   */
  static int fitting(byte[] options, int room) {
    if (options.length <= Math.max(room, BARE_EDE)) {
      return options.length;
    }
    return BARE_EDE + (room <= BARE_EDE ? 0 : cut(options, BARE_EDE, room - BARE_EDE));
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
        String text = new String(wire, at + BARE_EDE, length - 2, StandardCharsets.UTF_8);
        return extendedError(
            ExtendedError.of(Wire.u16(wire, at + 4)),
            text.getBytes(StandardCharsets.UTF_8),
            MAX_PASSED_ON_TEXT);
      }
      at += 4 + length;
    }
    return new byte[0];
  }
}
