package dev.gander.message;

import java.util.Arrays;

/**
 * The OPT record (RFC 6891) of messages between gander and a server: what a transport adds to a
 * query that {@link Query#toUpstream} made, and reads from an answer.
 */
public final class EdnsOptions {

  /** For clients of which prefix an answer is, RFC 7871. */
  public static final int CLIENT_SUBNET = 8;

  /** How long a TCP connection may be idle, RFC 7828. */
  public static final int TCP_KEEPALIVE = 11;

  /** Bytes of no meaning that hide a message's length, RFC 7830. */
  public static final int PADDING = 12;

  private static final byte[] NO_BYTES = {};

  private EdnsOptions() {}

  /**
   * The query with one more option.
   *
   * @param query one question, then perhaps OPT; without OPT it stays as it is
   * @param data without the option's code and length
   */
  public static byte[] with(byte[] query, int code, byte[] data) {
    int opt = endOfQuestion(query);
    if (opt + Opt.LENGTH > query.length) {
      return query;
    }
    byte[] longer = Arrays.copyOf(query, query.length + 4 + data.length);
    Wire.put16(longer, query.length, code);
    Wire.put16(longer, query.length + 2, data.length);
    System.arraycopy(data, 0, longer, query.length + 4, data.length);
    Wire.put16(longer, opt + 9, Wire.u16(query, opt + 9) + 4 + data.length);
    return longer;
  }

  /**
   * Appends an option to a reply made here, whose OPT is its last record.
   *
   * @param length of the reply in {@code buffer}
   * @param data without the option's code and length
   * @return the new length; the old one if there is no OPT, or no room
   */
  public static int append(byte[] buffer, int length, int code, byte[] data) {
    int more = 4 + data.length;
    int opt = length + more > buffer.length ? -1 : findOpt(buffer, length);
    if (opt < 0) {
      return length;
    }
    Wire.put16(buffer, length, code);
    Wire.put16(buffer, length + 2, data.length);
    System.arraycopy(data, 0, buffer, length + 4, data.length);
    Wire.put16(buffer, opt + 9, Wire.u16(buffer, opt + 9) + more);
    return length + more;
  }

  /** The query without OPT, for a server that does not know EDNS (RFC 6891 § 6.2.2). */
  public static byte[] withoutOpt(byte[] query) {
    int end = endOfQuestion(query);
    if (end == query.length) {
      return query;
    }
    byte[] shorter = Arrays.copyOf(query, end);
    Wire.put16(shorter, Wire.ARCOUNT, 0);
    return shorter;
  }

  /** Whether the message has an OPT record; false also if it does not parse. */
  public static boolean present(byte[] message) {
    return findOpt(message, message.length) >= 0;
  }

  /** All 12 bits of the response code; those of the header where there is no OPT. */
  public static Rcode rcode(byte[] message) {
    int opt = findOpt(message, message.length);
    int upper = opt < 0 ? 0 : message[opt + 5] & 0xff;
    return Rcode.of(upper << 4 | (message[3] & 0xf));
  }

  /**
   * The first option {@code code} of an answer, without its code and length.
   *
   * @return null if it has none, or does not parse
   */
  public static byte @org.jspecify.annotations.Nullable [] find(byte[] message, int code) {
    int opt = findOpt(message, message.length);
    if (opt < 0) {
      return null;
    }
    int at = opt + Opt.LENGTH;
    int end = Math.min(message.length, at + Wire.u16(message, opt + 9));
    while (at + 4 <= end) {
      int length = Wire.u16(message, at + 2);
      if (Wire.u16(message, at) == code && at + 4 + length <= end) {
        return length == 0 ? NO_BYTES : Arrays.copyOfRange(message, at + 4, at + 4 + length);
      }
      at += 4 + length;
    }
    return null;
  }

  /** Where OPT begins, or -1. */
  private static int findOpt(byte[] message, int end) {
    if (end < Wire.HEADER || Wire.u16(message, Wire.ARCOUNT) == 0) {
      return -1;
    }
    int at = Wire.HEADER;
    for (int i = Wire.u16(message, Wire.QDCOUNT); i > 0; i--) {
      int type = Records.followName(message, 0, at, end);
      if (type < 0 || type + 4 > end) {
        return -1;
      }
      at = type + 4;
    }
    int count = 0;
    for (int field = Wire.ANCOUNT; field <= Wire.ARCOUNT; field += 2) {
      count += Wire.u16(message, field);
    }
    for (int i = 0; i < count; i++) {
      int type = Records.followName(message, 0, at, end);
      if (type < 0 || type + 10 > end) {
        return -1;
      }
      if (Wire.u16(message, type) == RecordType.OPT) {
        return at;
      }
      at = type + 10 + Wire.u16(message, type + 8);
    }
    return -1;
  }

  /** Behind name, type and class of a question whose name is not compressed. */
  private static int endOfQuestion(byte[] query) {
    int at = Wire.HEADER;
    while (query[at] != 0) {
      at += 1 + query[at];
    }
    return at + 5;
  }
}
