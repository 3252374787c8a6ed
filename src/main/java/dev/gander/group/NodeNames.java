package dev.gander.group;

import java.util.Set;

/** Names of nodes: what links bring is shortened, made printable, and made unique. */
final class NodeNames {

  private static final int LONGEST = 128;

  private NodeNames() {}

  /** One line, not too long, nothing that turns the reading direction. */
  static String shown(String name) {
    StringBuilder shown = new StringBuilder();
    int characters = 0;
    for (int i = 0; i < name.length() && characters < LONGEST; characters++) {
      int c = name.codePointAt(i);
      i += Character.charCount(c);
      shown.appendCodePoint(isPrintable(c) ? c : ' ');
    }
    return shown.toString().strip();
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      // Of the format characters only the joiner, which emoji are made with.
      case Character.FORMAT -> c == 0x200D || (c >= 0xE0020 && c <= 0xE007F);
      default -> true;
    };
  }

  /** The name itself, or with a number where it is taken. */
  static String free(String wanted, Set<String> taken) {
    String name = wanted;
    for (int number = 2; taken.contains(name); number++) {
      name = wanted + " (" + number + ")";
    }
    return name;
  }

  /** What a link that could not be read calls itself; empty where that is unknown. */
  static String ofLink(String link) {
    int hash = link.lastIndexOf('#');
    return hash < 0 ? "" : shown(link.substring(hash + 1));
  }
}
