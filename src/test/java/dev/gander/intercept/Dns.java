package dev.gander.intercept;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** DNS messages for tests, byte by byte. */
final class Dns {

  static final int RD = 0x0100;
  static final int AD = 0x0020;
  static final int CD = 0x0010;
  static final int DO = 0x8000;

  private Dns() {}

  /** Wire form of {@code "a.example"}, as spelled. */
  static byte[] name(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String label : text.split("\\.", -1)) {
      if (!label.isEmpty()) {
        byte[] bytes = label.getBytes(StandardCharsets.ISO_8859_1);
        out.write(bytes.length);
        out.writeBytes(bytes);
      }
    }
    out.write(0);
    return out.toByteArray();
  }

  /** A query without OPT. */
  static byte[] query(int id, int flags, String name, int type) {
    byte[] wire = name(name);
    return ByteBuffer.allocate(16 + wire.length)
        .putShort((short) id)
        .putShort((short) flags)
        .putShort((short) 1)
        .putShort((short) 0)
        .putInt(0)
        .put(wire)
        .putShort((short) type)
        .putShort((short) 1)
        .array();
  }

  /** The same with OPT. */
  static byte[] edns(byte[] query, int size, int flags, byte... options) {
    byte[] wire =
        ByteBuffer.allocate(query.length + 11 + options.length)
            .put(query)
            .put((byte) 0)
            .putShort((short) 41)
            .putShort((short) size)
            .putShort((short) 0)
            .putShort((short) flags)
            .putShort((short) options.length)
            .put(options)
            .array();
    wire[11]++;
    return wire;
  }

  /** A record owned by the asked name. */
  static byte[] record(int type, int ttl, byte... data) {
    return ByteBuffer.allocate(12 + data.length)
        .putShort((short) 0xc00c)
        .putShort((short) type)
        .putShort((short) 1)
        .putInt(ttl)
        .putShort((short) data.length)
        .put(data)
        .array();
  }

  /** What an upstream answers: records in the answer section. */
  static byte[] response(int flags, String name, int type, List<byte[]> answers) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] head = query(0, flags | 0x8000, name, type);
    head[7] = (byte) answers.size();
    out.writeBytes(head);
    answers.forEach(out::writeBytes);
    return out.toByteArray();
  }

  static List<byte[]> addresses(int count, int ttl) {
    List<byte[]> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(record(1, ttl + i, (byte) 192, (byte) 0, (byte) 2, (byte) i));
    }
    return records;
  }
}
