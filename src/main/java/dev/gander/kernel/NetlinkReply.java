package dev.gander.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** One received rtnetlink message, a window on the socket's buffer. */
record NetlinkReply(MemorySegment memory) {

  static NetlinkReply at(MemorySegment buffer, long offset) {
    return new NetlinkReply(
        buffer.asSlice(offset, Math.max(NetlinkMessage.HEADER, buffer.get(Libc.INT, offset))));
  }

  int length() {
    return memory.get(Libc.INT, 0);
  }

  int type() {
    return memory.get(Libc.SHORT, 4) & 0xffff;
  }

  int flags() {
    return memory.get(Libc.SHORT, 6) & 0xffff;
  }

  int sequence() {
    return memory.get(Libc.INT, 8);
  }

  /** Of the payload. */
  int u8(int offset) {
    return memory.get(Libc.BYTE, NetlinkMessage.HEADER + offset) & 0xff;
  }

  int u16(int offset) {
    return memory.get(Libc.SHORT, NetlinkMessage.HEADER + offset) & 0xffff;
  }

  int u32(int offset) {
    return memory.get(Libc.INT, NetlinkMessage.HEADER + offset);
  }

  /** The attributes from byte {@code offset} of the payload. */
  Attributes attributes(int offset) {
    return Attributes.of(memory.asSlice(NetlinkMessage.HEADER + offset));
  }

  /** Attributes by type; absent ones read as 0, "" and empty. */
  record Attributes(Map<Integer, MemorySegment> byType) {

    static Attributes of(MemorySegment memory) {
      Map<Integer, MemorySegment> byType = new HashMap<>();
      for (long at = 0; at + 4 <= memory.byteSize(); ) {
        int length = memory.get(Libc.SHORT, at) & 0xffff;
        int type = memory.get(Libc.SHORT, at + 2) & 0x3fff;
        if (length < 4 || at + length > memory.byteSize()) {
          break;
        }
        byType.put(type, memory.asSlice(at + 4, length - 4));
        at += (length + 3) & ~3;
      }
      return new Attributes(byType);
    }

    byte[] bytes(int type) {
      MemorySegment value = byType.get(type);
      return value == null ? new byte[0] : value.toArray(Libc.BYTE);
    }

    int u32(int type) {
      MemorySegment value = byType.get(type);
      return value == null || value.byteSize() < 4 ? 0 : value.get(Libc.INT, 0);
    }

    /** Up to the terminating zero. */
    String string(int type) {
      String text = new String(bytes(type), StandardCharsets.UTF_8);
      int end = text.indexOf('\0');
      return end < 0 ? text : text.substring(0, end);
    }

    Attributes nested(int type) {
      MemorySegment value = byType.get(type);
      return value == null ? new Attributes(Map.of()) : of(value);
    }
  }
}
