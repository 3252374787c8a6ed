package dev.gander.config;

import java.util.Collection;
import java.util.Locale;

/** "Did you mean …?" */
final class Suggestions {

  private static final int LONGEST = 64;
  private static final int MOST = 400;

  private Suggestions() {}

  /** A remedy that names the nearest of {@code known}, else lists them if they are few. */
  static String forName(String written, Collection<String> known) {
    String nearest = nearest(written, known);
    if (!nearest.isEmpty()) {
      return "did you mean `" + nearest + "`?";
    }
    if (known.isEmpty() || known.size() > 12) {
      return "";
    }
    return "known are " + String.join(", ", known.stream().sorted().toList());
  }

  /** The nearest name, empty if none is near enough to be meant. */
  static String nearest(String written, Collection<String> known) {
    if (written.length() > LONGEST) {
      return "";
    }
    String plain = plain(written);
    String best = "";
    int bestDistance = Math.max(1, plain.length() / 3) + 1;
    int looked = 0;
    for (String candidate : known) {
      if (looked++ == MOST) {
        break;
      }
      if (candidate.length() > LONGEST) {
        continue;
      }
      int distance = distance(plain, plain(candidate));
      boolean tie = distance == bestDistance && !best.isEmpty();
      if (distance < bestDistance || (tie && candidate.compareTo(best) < 0)) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replace('-', '_');
  }

  /** Edits (insert, drop, replace, swap of neighbours) from one to the other. */
  static int distance(String a, String b) {
    int[] before = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(last[j], row[j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], before[j - 2] + 1);
        }
      }
      int[] free = before;
      before = last;
      last = row;
      row = free;
    }
    return last[b.length()];
  }
}
