package dev.gander.geodata;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/**
 * A geoip.dat: named lists of address prefixes. Opening reads the heads of the lists; a list's
 * prefixes are streamed when asked for. May be used by one thread at a time; holds no file open
 * between calls.
 */
public final class GeoIpFile {

  private static final int CIDR = (2 << 3) | ProtoReader.BYTES;
  private static final int INVERSE_MATCH = (3 << 3) | ProtoReader.VARINT;
  private static final int IP = (1 << 3) | ProtoReader.BYTES;
  private static final int IP_AS_VARINT = (1 << 3) | ProtoReader.VARINT;
  private static final int PREFIX = (2 << 3) | ProtoReader.VARINT;

  /** Is told each prefix of a list. */
  @FunctionalInterface
  public interface Visitor {

    /**
     * One prefix.
     *
     * @param high first eight bytes of the address, IPv4 as {@code ::ffff:a.b.c.d}
     * @param low last eight bytes
     * @param prefixLength in the 128-bit form: an IPv4 /24 comes as 120
     */
    void prefix(long high, long low, int prefixLength);
  }

  private final Path file;
  private final TagIndex index;

  private GeoIpFile(Path file, TagIndex index) {
    this.file = file;
    this.index = index;
  }

  /**
   * Reads the list of tags.
   *
   * @throws GeoDataException if the file is cut short or damaged
   */
  public static GeoIpFile open(Path file) throws IOException {
    return new GeoIpFile(file, TagIndex.of(file));
  }

  public Path path() {
    return file;
  }

  /** All tags, lower-cased. */
  public Set<String> tags() {
    return index.tags();
  }

  /** Whether the tag is here, in any letter case. */
  public boolean has(String tag) {
    return index.has(tag);
  }

  /**
   * Visits the prefixes of a tag.
   *
   * @return true if the list is marked {@code inverse_match}: it means every address outside it
   * @throws GeoDataException if the file is cut short or damaged
   */
  public boolean visit(String tag, Visitor visitor) throws IOException {
    boolean inverse = false;
    try (ProtoReader in = new ProtoReader(file)) {
      for (TagIndex.Extent extent : index.extents(tag)) {
        in.seek(extent.start(), extent.end());
        while (!in.atEnd()) {
          int field = in.tag();
          switch (field) {
            case CIDR -> visitPrefix(in, visitor);
            case INVERSE_MATCH -> inverse |= in.varint() != 0;
            default -> in.skip(field);
          }
        }
      }
    }
    return inverse;
  }

  private static void visitPrefix(ProtoReader in, Visitor visitor) throws IOException {
    long high = 0;
    long low = 0;
    long bits = 0;
    long prefix = 0;
    long outer = in.enter(in.varint());
    while (!in.atEnd()) {
      int field = in.tag();
      switch (field) {
        case IP -> {
          long length = in.varint();
          if (length != 4 && length != 16) {
            throw in.error("an address of " + length + " bytes");
          }
          int start = in.load(length);
          bits = length * 8;
          high = length == 16 ? number(in.bytes(), start, 8) : 0;
          low =
              length == 16
                  ? number(in.bytes(), start + 8, 8)
                  : 0xffff_0000_0000L | number(in.bytes(), start, 4);
        }
        case IP_AS_VARINT ->
            throw in.error("a domain where a prefix is due: is this a geosite file?");
        case PREFIX -> prefix = in.varint();
        default -> in.skip(field);
      }
    }
    in.leave(outer);
    if (bits == 0 || prefix < 0 || prefix > bits) {
      throw in.error("a prefix of length " + prefix + " over an address of " + bits + " bits");
    }
    visitor.prefix(high, low, (int) (128 - bits + prefix));
  }

  private static long number(byte[] bytes, int start, int count) {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = (value << 8) | (bytes[start + i] & 0xff);
    }
    return value;
  }
}
