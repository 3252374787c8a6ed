package dev.gander.message;

/** Big-endian numbers in byte arrays, and the places of the DNS header (RFC 1035 § 4.1.1). */
final class Wire {

  static final int HEADER = 12;

  static final int FLAGS = 2;
  static final int QDCOUNT = 4;
  static final int ANCOUNT = 6;
  static final int NSCOUNT = 8;
  static final int ARCOUNT = 10;

  static final int QR = 0x8000;
  static final int OPCODE = 0x7800;
  static final int AA = 0x0400;
  static final int TC = 0x0200;
  static final int RD = 0x0100;
  static final int RA = 0x0080;
  static final int AD = 0x0020;
  static final int CD = 0x0010;

  /** The DO bit among the EDNS flags: the low half of OPT's TTL field. */
  static final int DO = 0x8000;

  private Wire() {}

  static int u16(byte[] wire, int at) {
    return (wire[at] & 0xff) << 8 | (wire[at + 1] & 0xff);
  }

  static int i32(byte[] wire, int at) {
    return u16(wire, at) << 16 | u16(wire, at + 2);
  }

  static long i64(byte[] wire, int at) {
    return (long) i32(wire, at) << 32 | Integer.toUnsignedLong(i32(wire, at + 4));
  }

  static void put16(byte[] wire, int at, int value) {
    wire[at] = (byte) (value >> 8);
    wire[at + 1] = (byte) value;
  }

  static void put32(byte[] wire, int at, int value) {
    put16(wire, at, value >>> 16);
    put16(wire, at + 2, value);
  }
}
