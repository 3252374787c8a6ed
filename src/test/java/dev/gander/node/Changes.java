package dev.gander.node;

import java.util.List;
import java.util.Random;

/** What fuzz tests do to good texts. */
final class Changes {

  private Changes() {}

  /** One to four changes, which may insert one of the pieces. */
  static void some(StringBuilder text, List<String> pieces, Random random) {
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      one(text, pieces, random);
    }
  }

  private static void one(StringBuilder text, List<String> pieces, Random random) {
    int at = random.nextInt(text.length() + 1);
    int end = Math.min(text.length(), at + 1 + random.nextInt(6));
    switch (random.nextInt(4)) {
      case 0 -> text.delete(at, end);
      case 1 -> text.insert(at, pieces.get(random.nextInt(pieces.size())));
      // Not elsewhere: there a piece of the secret would be none.
      case 2 -> text.insert(at, text.substring(at, end));
      default -> text.setLength(at);
    }
  }
}
