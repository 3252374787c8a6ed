package dev.gander.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Control messages of recvmsg(2) and sendmsg(2), RFC 3542 section 20.2: each a header (length of 8
 * bytes, level, type) and its data, padded to 8 bytes.
 */
final class ControlMessages {

  static final int SOL_SOCKET = 1;
  static final int SOL_IP = 0;
  static final int SOL_IPV6 = 41;
  static final int SO_MARK = 36;
  static final int IP_TOS = 1;
  static final int IP_PKTINFO = 8;
  static final int IP_RECVERR = 11;
  static final int IP_ORIGDSTADDR = 20;
  static final int IPV6_RECVERR = 25;
  static final int IPV6_PKTINFO = 50;
  static final int IPV6_TCLASS = 67;
  static final int IPV6_ORIGDSTADDR = 74;

  static final int HEADER = 16;

  private ControlMessages() {}

  /** The space a message with {@code data} bytes takes, CMSG_SPACE. */
  static int space(int data) {
    return HEADER + (data + 7 & ~7);
  }

  /** Writes a header; where the data begins. */
  static long header(MemorySegment memory, long at, int level, int type, int data) {
    memory.set(Libc.LONG, at, HEADER + data);
    memory.set(Libc.INT, at + 8, level);
    memory.set(Libc.INT, at + 12, type);
    return at + HEADER;
  }

  /**
   * The source address of a reply: IP_PKTINFO, or IPV6_PKTINFO on a socket of that family (which
   * takes IPv4-mapped addresses too); the space used.
   */
  static int writeSource(
      MemorySegment memory, long at, IpFamily family, long high, long low, int interfaceIndex) {
    if (family == IpFamily.IPV4) {
      long data = header(memory, at, SOL_IP, IP_PKTINFO, 12);
      memory.set(Libc.INT, data, interfaceIndex);
      memory.set(NativeAddress.NET_INT, data + 4, (int) low);
      memory.set(Libc.INT, data + 8, 0);
      return space(12);
    }
    long data = header(memory, at, SOL_IPV6, IPV6_PKTINFO, 20);
    memory.set(NativeAddress.NET_LONG, data, high);
    memory.set(NativeAddress.NET_LONG, data + 8, low);
    memory.set(Libc.INT, data + 16, interfaceIndex);
    return space(20);
  }

  static int writeMark(MemorySegment memory, long at, int mark) {
    memory.set(Libc.INT, header(memory, at, SOL_SOCKET, SO_MARK, 4), mark);
    return space(4);
  }
}
