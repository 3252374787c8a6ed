package dev.gander.config;

import dev.gander.config.Syntax.Literal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Users of this machine, by number or by their name in /etc/passwd. */
final class Users {

  private static final Path FILE = Path.of("/etc/passwd");
  private static final int NUMBER_FIELD = 2;

  /** The last one says "none". */
  private static final long LAST = 0xffff_fffeL;

  private Users() {}

  /** The user's number, as text. */
  static String number(Literal value) throws BadValue {
    if (Text.isAll(value.text(), Text::isDigit)) {
      Quantities.wholeNumber(value, 0, LAST, "a user's number from 0 to " + LAST);
      return value.text();
    }
    Map<String, String> users = users();
    String number = users.get(value.text());
    if (number == null) {
      throw new BadValue(
          value.place(),
          "no user of " + FILE + " is called `" + Text.shortened(value.text()) + "`",
          () -> {
            String near = Suggestions.forName(value.text(), users.keySet());
            return near.isEmpty() ? "write the user's number, as `id -u` shows it" : near;
          });
    }
    return number;
  }

  private static Map<String, String> users() {
    Map<String, String> users = new HashMap<>();
    try {
      for (String line : Files.readAllLines(FILE)) {
        List<String> fields = List.of(line.split(":", -1));
        if (fields.size() > NUMBER_FIELD && Text.isAll(fields.get(NUMBER_FIELD), Text::isDigit)) {
          users.putIfAbsent(fields.get(0), fields.get(NUMBER_FIELD));
        }
      }
    } catch (IOException e) {
      return Map.of();
    }
    return users;
  }
}
