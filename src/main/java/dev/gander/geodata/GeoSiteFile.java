package dev.gander.geodata;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A geosite.dat: named lists of domains. Opening reads the heads of the lists; a list's domains are
 * streamed when asked for. May be used by one thread at a time; holds no file open between calls.
 */
public final class GeoSiteFile {

  private static final int DOMAIN = (2 << 3) | ProtoReader.BYTES;
  private static final int TYPE = (1 << 3) | ProtoReader.VARINT;
  private static final int TYPE_AS_BYTES = (1 << 3) | ProtoReader.BYTES;
  private static final int VALUE = (2 << 3) | ProtoReader.BYTES;
  private static final int ATTRIBUTE = (3 << 3) | ProtoReader.BYTES;
  private static final int ATTRIBUTE_KEY = (1 << 3) | ProtoReader.BYTES;
  private static final Kind[] KINDS = Kind.values();

  /** How a value is compared; in the order of the numbers in the file. */
  public enum Kind {
    KEYWORD,
    REGEX,
    SUFFIX,
    FULL
  }

  /** Is told each domain; the bytes (UTF-8, as in the file) are valid during the call only. */
  @FunctionalInterface
  public interface Visitor {
    void domain(Kind kind, byte[] buffer, int offset, int length);
  }

  private final Path file;
  private final TagIndex index;

  private GeoSiteFile(Path file, TagIndex index) {
    this.file = file;
    this.index = index;
  }

  /**
   * Reads the list of tags.
   *
   * @throws GeoDataException if the file is cut short or damaged
   */
  public static GeoSiteFile open(Path file) throws IOException {
    return new GeoSiteFile(file, TagIndex.of(file));
  }

  public Path path() {
    return file;
  }

  /** All tags, lower-cased. */
  public Set<String> tags() {
    return index.tags();
  }

  /** Whether the tag of {@code TAG[@attribute|@!attribute]…} is here, in any letter case. */
  public boolean has(String reference) {
    return index.has(reference) || index.has(Reference.parse(reference).tag());
  }

  /**
   * Visits the domains of {@code TAG[@attribute|@!attribute]…}: those of the tag that have all the
   * attributes and none of the negated ones. A tag that is written with its {@code @} in the file
   * (some publishers do that) is taken as it is.
   *
   * @return how many domains were visited
   * @throws GeoDataException if the file is cut short or damaged
   */
  public int visit(String reference, Visitor visitor) throws IOException {
    Reference wanted =
        index.has(reference)
            ? new Reference(reference, List.of(), List.of())
            : Reference.parse(reference);
    int visited = 0;
    try (ProtoReader in = new ProtoReader(file)) {
      for (TagIndex.Extent extent : index.extents(wanted.tag())) {
        in.seek(extent.start(), extent.end());
        while (!in.atEnd()) {
          int tag = in.tag();
          if (tag != DOMAIN) {
            in.skip(tag);
          } else if (visitDomain(in, wanted, visitor)) {
            visited++;
          }
        }
      }
    }
    return visited;
  }

  private static boolean visitDomain(ProtoReader in, Reference wanted, Visitor visitor)
      throws IOException {
    long outer = in.enterWhole(in.varint());
    long type = 0;
    int value = -1;
    long valueLength = 0;
    int required = 0;
    boolean forbidden = false;
    while (!in.atEnd()) {
      int tag = in.tag();
      switch (tag) {
        case TYPE -> type = in.varint();
        case TYPE_AS_BYTES ->
            throw in.error("a prefix where a domain is due: is this a geoip file?");
        case VALUE -> {
          valueLength = in.varint();
          value = in.load(valueLength);
        }
        case ATTRIBUTE -> {
          String key = attributeKey(in);
          required += wanted.required().contains(key) ? 1 : 0;
          forbidden |= wanted.forbidden().contains(key);
        }
        default -> in.skip(tag);
      }
    }
    in.leave(outer);
    if (type < 0 || type >= KINDS.length || value < 0) {
      throw in.error("a domain of unknown type " + type + " or without a value");
    }
    if (forbidden || required < wanted.required().size()) {
      return false;
    }
    visitor.domain(KINDS[(int) type], in.bytes(), value, (int) valueLength);
    return true;
  }

  private static String attributeKey(ProtoReader in) throws IOException {
    String key = "";
    long outer = in.enter(in.varint());
    while (!in.atEnd()) {
      int tag = in.tag();
      if (tag == ATTRIBUTE_KEY) {
        long length = in.varint();
        int start = in.load(length);
        key =
            new String(in.bytes(), start, (int) length, StandardCharsets.UTF_8)
                .toLowerCase(Locale.ROOT);
      } else {
        in.skip(tag);
      }
    }
    in.leave(outer);
    return key;
  }

  /** {@code TAG[@attribute|@!attribute]…} in its parts, attributes lower-cased and distinct. */
  private record Reference(String tag, List<String> required, List<String> forbidden) {

    static Reference parse(String text) {
      String[] parts = text.split("@", -1);
      List<String> required = new ArrayList<>();
      List<String> forbidden = new ArrayList<>();
      for (int i = 1; i < parts.length; i++) {
        String attribute = parts[i].toLowerCase(Locale.ROOT);
        boolean negated = attribute.startsWith("!");
        List<String> list = negated ? forbidden : required;
        String key = negated ? attribute.substring(1) : attribute;
        if (!list.contains(key)) {
          list.add(key);
        }
      }
      return new Reference(parts[0], required, forbidden);
    }
  }
}
