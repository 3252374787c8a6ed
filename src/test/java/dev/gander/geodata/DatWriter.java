package dev.gander.geodata;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes geosite.dat and geoip.dat for tests: just enough protobuf. */
public final class DatWriter {

  private final ByteArrayOutputStream entries = new ByteArrayOutputStream();

  /** A domain as {@code kind:value@attribute@attribute}, kinds as in dae's language. */
  public DatWriter site(String tag, String... domains) {
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    bytes(entry, 1, utf8(tag));
    for (String domain : domains) {
      bytes(entry, 2, domain(domain));
    }
    bytes(entries, 1, entry.toByteArray());
    return this;
  }

  /** Prefixes of raw address bytes. */
  public DatWriter ip(String tag, boolean inverse, byte[][] addresses, int... lengths) {
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    bytes(entry, 1, utf8(tag));
    for (int i = 0; i < addresses.length; i++) {
      ByteArrayOutputStream cidr = new ByteArrayOutputStream();
      bytes(cidr, 1, addresses[i]);
      number(cidr, 2, lengths[i]);
      bytes(entry, 2, cidr.toByteArray());
    }
    if (inverse) {
      number(entry, 3, 1);
    }
    bytes(entries, 1, entry.toByteArray());
    return this;
  }

  public byte[] toByteArray() {
    return entries.toByteArray();
  }

  private static byte[] domain(String text) {
    int colon = text.indexOf(':');
    String[] parts = text.substring(colon + 1).split("@", -1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    number(
        out,
        1,
        switch (text.substring(0, colon)) {
          case "keyword" -> 0;
          case "regex" -> 1;
          case "suffix" -> 2;
          case "full" -> 3;
          default -> 9;
        });
    bytes(out, 2, utf8(parts[0]));
    for (int i = 1; i < parts.length; i++) {
      ByteArrayOutputStream attribute = new ByteArrayOutputStream();
      bytes(attribute, 1, utf8(parts[i]));
      number(attribute, 2, 1);
      bytes(out, 3, attribute.toByteArray());
    }
    return out.toByteArray();
  }

  static void bytes(ByteArrayOutputStream out, int field, byte[] value) {
    varint(out, ((long) field << 3) | 2);
    varint(out, value.length);
    out.writeBytes(value);
  }

  static void number(ByteArrayOutputStream out, int field, long value) {
    varint(out, (long) field << 3);
    varint(out, value);
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
