package dev.gander.scenario;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xbill.DNS.Type;

/** The words of a story's line. */
final class Words {

  private static final Pattern DURATION = Pattern.compile("(\\d+) ?(ms|s|min|h|d)");

  private Words() {}

  static List<String> of(String text) {
    return List.of(text.trim().split("\\s+"));
  }

  static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text.trim());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "`" + text + "` is no duration, such as `300 ms` or `2 h`");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "min" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  static int type(String text) {
    int type = Type.value(text, true);
    if (type < 0) {
      throw new IllegalArgumentException("`" + text + "` is no record type");
    }
    return type;
  }

  static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }
}
