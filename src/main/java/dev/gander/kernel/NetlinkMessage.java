package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * One rtnetlink request while it is written: header, fixed part, attributes. Numbers are in the
 * machine's order, every attribute starts at a multiple of 4 bytes.
 */
final class NetlinkMessage {

  static final int HEADER = 16;
  static final int NESTED = 0x8000;

  static final int REQUEST = 0x1;
  static final int ACK = 0x4;
  static final int DUMP = 0x300;
  static final int REPLACE = 0x100;
  static final int EXCLUSIVE = 0x200;
  static final int CREATE = 0x400;

  private final MemorySegment memory;
  private int length = HEADER;

  NetlinkMessage(Arena arena, int type, int flags) {
    memory = arena.allocate(1024, 8);
    memory.set(Libc.SHORT, 4, (short) type);
    memory.set(Libc.SHORT, 6, (short) (flags | REQUEST));
  }

  NetlinkMessage u8(int value) {
    memory.set(Libc.BYTE, length++, (byte) value);
    return this;
  }

  NetlinkMessage u16(int value) {
    memory.set(Libc.SHORT, length, (short) value);
    length += 2;
    return this;
  }

  NetlinkMessage u32(int value) {
    memory.set(Libc.INT, length, value);
    length += 4;
    return this;
  }

  /** struct ifinfomsg: {@code flags} are set where {@code change} has a bit. */
  NetlinkMessage linkHeader(int ifindex, int flags, int change) {
    return u8(0).u8(0).u16(0).u32(ifindex).u32(flags).u32(change);
  }

  NetlinkMessage attribute(int type, byte[] value) {
    u16(4 + value.length).u16(type);
    MemorySegment.copy(value, 0, memory, Libc.BYTE, length, value.length);
    length = (length + value.length + 3) & ~3;
    return this;
  }

  NetlinkMessage attribute(int type, int value) {
    return u16(8).u16(type).u32(value);
  }

  /** A string with its terminating zero. */
  NetlinkMessage attribute(int type, String value) {
    return attribute(type, (value + "\0").getBytes(StandardCharsets.UTF_8));
  }

  /** Opens an attribute that holds others; {@link #end} closes it. */
  int begin(int type) {
    int start = length;
    u16(0).u16(type | NESTED);
    return start;
  }

  NetlinkMessage end(int start) {
    memory.set(Libc.SHORT, start, (short) (length - start));
    return this;
  }

  /** The bytes to send. */
  MemorySegment finish(int sequence) {
    memory.set(Libc.INT, 0, length);
    memory.set(Libc.INT, 8, sequence);
    return memory.asSlice(0, length);
  }

  int type() {
    return memory.get(Libc.SHORT, 4) & 0xffff;
  }
}
