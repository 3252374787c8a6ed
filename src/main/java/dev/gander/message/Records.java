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

  /**
   * Steps over a name as {@link #skipName} does, and follows it to its root: each pointer must lead
   * to a prior occurrence (RFC 1035 § 4.1.4), so the walk ends, and the name be no longer than DNS
   * allows.
   *
   * @param message index of the message's first byte, from which pointers count
   * @return index after the name where it stands, or -1 if it is malformed
   */
  static int followName(byte[] wire, int message, int from, int end) {
    int after = skipName(wire, from, end);
    int at = from;
    int bound = from; // a pointer must lead before the stretch of labels it ends
    int length = 1;
    while (after >= 0 && at < end) {
      int label = wire[at] & 0xff;
      if (label == 0) {
        return after;
      }
      if (label >= 0xc0 && at + 1 < end) {
        at = message + (Wire.u16(wire, at) & 0x3fff);
        if (at >= bound || at < message + Wire.HEADER) {
          return -1;
        }
        bound = at;
      } else {
        length += 1 + label;
        if (label > 63 || length > Name.MAX_LENGTH) {
          return -1;
        }
        at += 1 + label;
      }
    }
    return -1;
  }

  /**
   * Whether a record's data is what its type says, as far as a client could stumble over it:
   * addresses have their length, and names that may be compressed lead somewhere and fill their
   * field. Of other types only the author knows.
   *
   * @param fixed index of the record's type field
   * @param end index after its data
   */
  static boolean dataIsSound(byte[] wire, int message, int fixed, int end) {
    int data = fixed + 10;
    boolean internet = Wire.u16(wire, fixed + 2) == Question.CLASS_IN;
    return switch (Wire.u16(wire, fixed)) {
      case RecordType.A -> !internet || end - data == 4;
      case RecordType.AAAA -> !internet || end - data == 16;
      case RecordType.NS, RecordType.CNAME, RecordType.PTR, RecordType.DNAME ->
          followName(wire, message, data, end) == end;
      case RecordType.MX -> followName(wire, message, data + 2, end) == end;
      case RecordType.SOA -> {
        int second = followName(wire, message, data, end);
        yield second >= 0 && followName(wire, message, second, end) == end - 20;
      }
      default -> true;
    };
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
