package dev.gander.config;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Domain names as text. */
final class Names {

  private static final int MAX_LABEL = 63;
  private static final int MAX_NAME = 253;

  private Names() {}

  /**
   * Checks that DNS can carry the name.
   *
   * @return the name as DNS carries it: lower case, letters outside of ASCII in punycode, no dot at
   *     its end
   */
  static String check(Place place, String name) throws BadValue {
    String ascii = ascii(place, name).toLowerCase(Locale.ROOT);
    String bare = ascii.endsWith(".") ? ascii.substring(0, ascii.length() - 1) : ascii;
    if (bare.isEmpty()) {
      throw new BadValue(place, "an empty name", "write one like example.com");
    }
    checkLengths(place, bare);
    return bare;
  }

  /** Checks the lengths alone: of a part of a name, such as a suffix. */
  static void checkLengths(Place place, String name) throws BadValue {
    if (name.length() > MAX_NAME) {
      throw new BadValue(
          place,
          "the name `" + Text.shortened(name) + "` is longer than DNS allows",
          "at most " + MAX_NAME + " characters");
    }
    int start = 0;
    for (int i = 0; i <= name.length(); i++) {
      if (i < name.length() && name.charAt(i) != '.') {
        continue;
      }
      if (i - start > MAX_LABEL) {
        throw new BadValue(
            place,
            "the label `"
                + Text.shortened(name.substring(start, i))
                + "` is longer than DNS allows",
            "at most " + MAX_LABEL + " characters between dots");
      }
      if (i == start && i > 0 && i < name.length()) {
        throw new BadValue(
            place, "the name `" + Text.shortened(name) + "` has an empty label", "remove a dot");
      }
      start = i + 1;
    }
  }

  /** Letters outside of ASCII in punycode; case as written. */
  static String ascii(Place place, String name) throws BadValue {
    if (Text.isAll(name, c -> c < 0x80)) {
      return name;
    }
    try {
      if (name.getBytes(StandardCharsets.UTF_8).length <= 4 * MAX_NAME) {
        return IDN.toASCII(name, IDN.ALLOW_UNASSIGNED);
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      // told below
    }
    throw new BadValue(
        place,
        "`" + Text.shortened(name) + "` cannot be a domain name",
        "at most " + MAX_LABEL + " characters between dots");
  }
}
