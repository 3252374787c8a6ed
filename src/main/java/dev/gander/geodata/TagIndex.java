package dev.gander.geodata;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Where each tag's entries lie in a file. Both formats are a list of entries led by their tag. */
final class TagIndex {

  private static final int ENTRY = (1 << 3) | ProtoReader.BYTES;
  private static final int COUNTRY_CODE = (1 << 3) | ProtoReader.BYTES;
  private static final int LONGEST_TAG = 255;

  /** One entry's bytes, without its own tag and length. */
  record Extent(long start, long end) {}

  private final Map<String, List<Extent>> extents;

  private TagIndex(Map<String, List<Extent>> extents) {
    this.extents = extents;
  }

  /** Reads only the heads of the entries. */
  static TagIndex of(Path file) throws IOException {
    Map<String, List<Extent>> extents = new HashMap<>();
    try (ProtoReader in = new ProtoReader(file)) {
      if (in.atEnd()) {
        throw in.error("the file is empty");
      }
      while (!in.atEnd()) {
        int tag = in.tag();
        if (tag == ENTRY) {
          long outer = in.enter(in.varint());
          long start = in.position();
          String name = countryCode(in);
          in.leave(outer);
          extents
              .computeIfAbsent(name, key -> new ArrayList<>(1))
              .add(new Extent(start, in.position()));
        } else {
          in.skip(tag);
        }
      }
    }
    return new TagIndex(extents);
  }

  private static String countryCode(ProtoReader in) throws IOException {
    while (!in.atEnd()) {
      int tag = in.tag();
      if (tag != COUNTRY_CODE) {
        in.skip(tag);
        continue;
      }
      long length = in.varint();
      if (length > LONGEST_TAG) {
        throw in.error("a tag of " + length + " bytes, the file is damaged or of another format");
      }
      int start = in.load(length);
      return key(new String(in.bytes(), start, (int) length, StandardCharsets.UTF_8));
    }
    throw in.error("an entry without a tag, the file is damaged or of another format");
  }

  boolean has(String tag) {
    return extents.containsKey(key(tag));
  }

  List<Extent> extents(String tag) {
    return extents.getOrDefault(key(tag), List.of());
  }

  /** All tags, lower-cased. */
  Set<String> tags() {
    return Set.copyOf(extents.keySet());
  }

  private static String key(String tag) {
    return tag.toLowerCase(Locale.ROOT);
  }
}
