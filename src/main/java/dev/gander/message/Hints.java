package dev.gander.message;

import dev.gander.message.Answer.AddressTest;

/** Addresses inside of SVCB and HTTPS records, RFC 9460 § 2.2 and 7.3. */
final class Hints {

  private Hints() {}

  /**
   * Whether the test holds for any hint in the record's data; data that does not parse has none.
   */
  static boolean any(byte[] wire, int data, int end, AddressTest test) {
    int at = Records.skipName(wire, data + 2, end);
    while (at >= 0 && at + 4 <= end) {
      int key = Wire.u16(wire, at);
      int from = at + 4;
      int to = from + Wire.u16(wire, at + 2);
      if (to > end) {
        return false;
      }
      if ((key == ServiceBinding.IPV4HINT && any4(wire, from, to, test))
          || (key == ServiceBinding.IPV6HINT && any6(wire, from, to, test))) {
        return true;
      }
      at = to;
    }
    return false;
  }

  private static boolean any4(byte[] wire, int from, int to, AddressTest test) {
    for (int at = from; at + 4 <= to; at += 4) {
      if (test.test(0, 0xffffL << 32 | Integer.toUnsignedLong(Wire.i32(wire, at)))) {
        return true;
      }
    }
    return false;
  }

  private static boolean any6(byte[] wire, int from, int to, AddressTest test) {
    for (int at = from; at + 16 <= to; at += 16) {
      if (test.test(Wire.i64(wire, at), Wire.i64(wire, at + 8))) {
        return true;
      }
    }
    return false;
  }
}
