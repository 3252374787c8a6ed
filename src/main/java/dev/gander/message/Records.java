package dev.gander.message;

/** Steps over records in a message; every step is bounded by the message's end. */
final class Records {

  private Records() {}

  /**
   * Steps over a name that may end in a compression pointer (RFC 1035 § 4.1.4).
   *
   * @return index after the name, or -1 if it is malformed or runs past {@code end}
   */
  static int skipName(byte[] wire, int from, int end) {
    int at = from;
    while (at < end) {
      int label = wire[at] & 0xff;
      if (label == 0) {
        return at + 1;
      }
      if (label >= 0xc0) {
        return at + 2 <= end ? at + 2 : -1;
      }
      if (label > 63) {
        return -1;
      }
      at += 1 + label;
    }
    return -1;
  }

  /** The TTL at {@code at}; one with its top bit set counts as 0 (RFC 2181 § 8). */
  static int ttl(byte[] wire, int at) {
    return Math.max(0, Wire.i32(wire, at));
  }

  /** Index after the record whose TTL stands at {@code ttlAt}. */
  static int end(byte[] wire, int ttlAt) {
    return ttlAt + 6 + Wire.u16(wire, ttlAt + 4);
  }

  /**
   * Moves the compression pointers of one record that has itself moved down, when they point to
   * what moved with it. Names inside data are those of the types RFC 3597 § 4 allows to be
   * compressed.
   *
   * @param owner index of the record's first byte
   * @param ttlAt index of its TTL
   * @param boundary pointers at or above this place in the message move
   * @param by how far
   */
  static void shiftPointers(byte[] wire, int owner, int ttlAt, int boundary, int by) {
    shiftName(wire, owner, ttlAt, boundary, by);
    int data = ttlAt + 6;
    int end = end(wire, ttlAt);
    switch (Wire.u16(wire, ttlAt - 4)) {
      case RecordType.NS, RecordType.CNAME, RecordType.PTR, RecordType.DNAME, 3, 4, 7, 8, 9, 30 ->
          shiftName(wire, data, end, boundary, by);
      case RecordType.MX, 18, 21, 36 -> shiftName(wire, data + 2, end, boundary, by);
      case RecordType.SRV -> shiftName(wire, data + 6, end, boundary, by);
      case 24, RecordType.RRSIG -> shiftName(wire, data + 18, end, boundary, by);
      case RecordType.SOA, 14, 17 -> shiftTwoNames(wire, data, end, boundary, by);
      case 26 -> shiftTwoNames(wire, data + 2, end, boundary, by);
      default -> {}
    }
  }

  private static void shiftTwoNames(byte[] wire, int at, int end, int boundary, int by) {
    int second = shiftName(wire, at, end, boundary, by);
    if (second >= 0) {
      shiftName(wire, second, end, boundary, by);
    }
  }

  /**
   * Moves the pointer that ends the name at {@code at}, if one does; returns what skipName does.
   */
  private static int shiftName(byte[] wire, int at, int end, int boundary, int by) {
    int after = skipName(wire, at, end);
    int label = at;
    while (after >= 0 && wire[label] != 0) {
      if ((wire[label] & 0xc0) == 0xc0) {
        int pointer = Wire.u16(wire, label) & 0x3fff;
        Wire.put16(wire, label, 0xc000 | (pointer >= boundary ? pointer - by : pointer));
        return after;
      }
      label += 1 + wire[label];
    }
    return after;
  }
}
