package dev.gander.intercept;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The structs that an eBPF object describes in its .BTF section. */
final class Btf {

  /** Size in bytes, and the offset of each member in bytes. */
  record Struct(int size, Map<String, Integer> offsets) {}

  private static final int MAGIC = 0xeb9f;
  private static final int INT = 1;
  private static final int ARRAY = 3;
  private static final int STRUCT = 4;
  private static final int UNION = 5;
  private static final int ENUM = 6;
  private static final int FUNC_PROTO = 13;
  private static final int VAR = 14;
  private static final int DATASEC = 15;
  private static final int DECL_TAG = 17;
  private static final int ENUM64 = 19;

  private Btf() {}

  static Map<String, Struct> structs(byte[] elf) {
    ByteBuffer btf = section(elf, ".BTF");
    if ((btf.getShort(0) & 0xffff) != MAGIC) {
      throw new IllegalArgumentException("no BTF");
    }
    int header = btf.getInt(4);
    int types = header + btf.getInt(8);
    int typesEnd = types + btf.getInt(12);
    int strings = header + btf.getInt(16);
    Map<String, Struct> structs = new LinkedHashMap<>();
    int at = types;
    while (at < typesEnd) {
      String name = string(btf, strings + btf.getInt(at));
      int info = btf.getInt(at + 4);
      int kind = (info >>> 24) & 0x1f;
      int members = info & 0xffff;
      if (kind == STRUCT) {
        Map<String, Integer> offsets = new LinkedHashMap<>();
        for (int i = 0; i < members; i++) {
          int member = at + 12 + 12 * i;
          offsets.put(
              string(btf, strings + btf.getInt(member)), (btf.getInt(member + 8) & 0xffffff) / 8);
        }
        structs.put(name, new Struct(btf.getInt(at + 8), offsets));
      }
      at += 12 + trailing(kind, members);
    }
    return structs;
  }

  private static int trailing(int kind, int members) {
    return switch (kind) {
      case INT, VAR, DECL_TAG -> 4;
      case ARRAY -> 12;
      case STRUCT, UNION, DATASEC, ENUM64 -> 12 * members;
      case ENUM, FUNC_PROTO -> 8 * members;
      default -> 0;
    };
  }

  /** A section of a 64-bit little-endian ELF file. */
  private static ByteBuffer section(byte[] bytes, String wanted) {
    ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int table = (int) elf.getLong(40);
    int entry = elf.getShort(58);
    int count = elf.getShort(60);
    int names = (int) elf.getLong(table + elf.getShort(62) * entry + 24);
    for (int i = 0; i < count; i++) {
      int header = table + i * entry;
      if (string(elf, names + elf.getInt(header)).equals(wanted)) {
        return elf.slice((int) elf.getLong(header + 24), (int) elf.getLong(header + 32))
            .order(ByteOrder.LITTLE_ENDIAN);
      }
    }
    throw new IllegalArgumentException("no section " + wanted);
  }

  private static String string(ByteBuffer buffer, int at) {
    int end = at;
    while (buffer.get(end) != 0) {
      end++;
    }
    byte[] text = new byte[end - at];
    buffer.get(at, text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
