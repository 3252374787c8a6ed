package dev.gander.config;

import dev.gander.config.GlobalSettings.Range;
import dev.gander.config.Syntax.Literal;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the values of single keys are read. */
final class Readers {

  private static final List<String> LOG_LEVELS = List.of("error", "warn", "info", "debug", "trace");
  private static final Set<String> HTTP_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE");
  private static final Pattern UTLS =
      Pattern.compile("(randomized|firefox|chrome|ios|android|edge|safari|360|qq)\\w*");
  private static final Pattern RANGE = Pattern.compile("(\\d{1,9})\\s*-\\s*(\\d{1,9})|(\\d{1,9})");

  private Readers() {}

  static boolean yesOrNo(Literal value, Problems problems) throws BadValue {
    return switch (value.text().strip().toLowerCase(Locale.ROOT)) {
      case "true", "yes", "y", "t", "1", "on" -> true;
      case "false", "no", "n", "f", "0", "off" -> false;
      default ->
          throw new BadValue(
              value.place(),
              "`" + Text.shortened(value.text()) + "` is neither true nor false",
              "write true or false");
    };
  }

  static boolean allowInsecure(Literal value, Problems problems) throws BadValue {
    boolean all = yesOrNo(value, problems);
    if (all) {
      problems.warning(
          value.place(),
          "with `allow_insecure` whoever sits on the way to a node can read and answer in its name",
          "write allowInsecure=1 into the link of the node that needs it");
    }
    return all;
  }

  static String text(Literal value, Problems problems) {
    return value.text();
  }

  static Optional<String> textOrNothing(Literal value, Problems problems) {
    return value.text().isEmpty() ? Optional.empty() : Optional.of(value.text());
  }

  static ValueReader.One<Integer> number(int least, int most) {
    return (value, problems) ->
        (int)
            Quantities.wholeNumber(
                value, least, most, "a whole number from " + least + " to " + most);
  }

  static int port(Literal value, Problems problems) throws BadValue {
    return (int) Quantities.wholeNumber(value, 1, 65535, "a port from 1 to 65535");
  }

  /** 0: nothing listens. */
  static int portOrOff(Literal value, Problems problems) throws BadValue {
    return (int) Quantities.wholeNumber(value, 0, 65535, "a port from 1 to 65535, or 0 for off");
  }

  /** A packet or socket mark: 32 bits. */
  static long mark(Literal value, Problems problems) throws BadValue {
    return Quantities.wholeNumber(value, 0, 0xFFFF_FFFFL, "a mark from 0 to 0xffffffff");
  }

  /** One of the words of an enum, in any letter case. */
  static <E extends Enum<E>> ValueReader.One<E> word(Class<E> type) {
    List<String> words =
        Arrays.stream(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .toList();
    return (value, problems) -> type.getEnumConstants()[words.indexOf(oneOf(value, words))];
  }

  static ValueReader.One<String> word(String... words) {
    return (value, problems) -> oneOf(value, List.of(words));
  }

  private static String oneOf(Literal value, List<String> words) throws BadValue {
    String word = value.text().strip().toLowerCase(Locale.ROOT);
    if (!words.contains(word)) {
      throw new BadValue(
          value.place(),
          "unknown value `" + Text.shortened(value.text()) + "`",
          Suggestions.forName(word, words));
    }
    return word;
  }

  /** An unknown level is {@code info}, as in dae. */
  static String logLevel(Literal value, Problems problems) {
    String level = value.text().strip().toLowerCase(Locale.ROOT);
    String usual =
        switch (level) {
          case "warning" -> "warn";
          case "panic", "fatal" -> "error";
          default -> level;
        };
    if (LOG_LEVELS.contains(usual)) {
      return usual;
    }
    problems.warning(
        value.place(),
        "unknown log level `" + Text.shortened(value.text()) + "`, info is used",
        Suggestions.forName(level, LOG_LEVELS));
    return "info";
  }

  static String tlsImplementation(Literal value, Problems problems) {
    String name = value.text().strip().toLowerCase(Locale.ROOT);
    if (name.equals("utls")) {
      problems.warning(
          value.place(),
          "`utls` has no effect: handshakes with nodes look like Java's, not like a browser's",
          "write tls");
      return name;
    }
    if (name.equals("tls")) {
      return name;
    }
    problems.warning(
        value.place(),
        "unknown tls_implementation `" + Text.shortened(value.text()) + "`, tls is used",
        "write tls or utls");
    return "tls";
  }

  static String utlsImitate(Literal value, Problems problems) {
    String name = value.text().strip().toLowerCase(Locale.ROOT);
    if (!UTLS.matcher(name).matches()) {
      problems.warning(
          value.place(),
          "unknown browser `" + Text.shortened(value.text()) + "`, chrome_auto is used",
          "write one like chrome_auto, firefox_auto or safari_auto");
      return "chrome_auto";
    }
    return name;
  }

  static String httpMethod(Literal value, Problems problems) throws BadValue {
    String method = value.text().strip().toUpperCase(Locale.ROOT);
    if (!HTTP_METHODS.contains(method)) {
      throw new BadValue(
          value.place(),
          "unknown HTTP method `" + Text.shortened(value.text()) + "`",
          Suggestions.forName(method, HTTP_METHODS));
    }
    return method;
  }

  /** {@code 50-100}, or one number. */
  static ValueReader.One<Range> range(int least, int most) {
    return (value, problems) -> {
      Matcher range = RANGE.matcher(value.text().strip());
      if (!range.matches()) {
        throw new BadValue(
            value.place(),
            "`" + Text.shortened(value.text()) + "` is no range",
            "write one like 50-100");
      }
      boolean one = range.group(1) == null;
      int from = Integer.parseInt(one ? range.group(3) : range.group(1));
      int to = Integer.parseInt(one ? range.group(3) : range.group(2));
      if (from > to) {
        throw new BadValue(
            value.place(),
            "the range `" + Text.shortened(value.text()) + "` runs backwards",
            "write " + to + "-" + from);
      }
      if (from < least || to > most) {
        throw new BadValue(
            value.place(),
            "the range `" + Text.shortened(value.text()) + "` is too wide",
            "it must lie within " + least + "-" + most);
      }
      return new Range(from, to);
    };
  }

  /** {@code eth0}, {@code auto}, {@code eth*}. */
  static String networkInterface(Literal value, Problems problems) throws BadValue {
    String name = value.text();
    if (!Text.isAll(name, c -> c > ' ' && c != '/' && c != ':')) {
      throw new BadValue(
          value.place(), "`" + Text.shortened(name) + "` is no name of an interface", "");
    }
    boolean pattern = Text.holdsAny(name, "*?[+^$.(|");
    if (name.length() > 15 && !pattern) {
      problems.warning(
          value.place(),
          "no interface can be called `" + Text.shortened(name) + "`",
          "names of interfaces have at most 15 characters");
    }
    return name;
  }

  /** {@code url, address, …}: what to fetch, and where its host lives if that need not be asked. */
  static ValueReader<List<String>> checkUrl() {
    return (values, problems) -> {
      List<Literal> parts = ValueReader.parts(values);
      for (int i = 0; i < parts.size(); i++) {
        if (i == 0) {
          httpUrl(parts.get(i));
        } else {
          Addresses.address(unbracketed(parts.get(i)));
        }
      }
      return parts.stream().map(Literal::text).toList();
    };
  }

  /** {@code host:port, address, …}. */
  static ValueReader<List<String>> checkDns() {
    return (values, problems) -> {
      List<Literal> parts = ValueReader.parts(values);
      for (int i = 0; i < parts.size(); i++) {
        Literal part = parts.get(i);
        if (i == 0) {
          String host = Addresses.hostPort(part.place(), part.text(), 53).host();
          if (Addresses.parse(host) == null) {
            Names.check(part.place(), host);
          }
        } else {
          Addresses.endpoint(part, 53);
        }
      }
      return parts.stream().map(Literal::text).toList();
    };
  }

  private static Literal unbracketed(Literal value) {
    String text = value.text();
    return text.startsWith("[") && text.endsWith("]")
        ? new Literal(text.substring(1, text.length() - 1), value.quoted(), value.place())
        : value;
  }

  private static void httpUrl(Literal value) throws BadValue {
    String remedy = "write one like 'http://cp.cloudflare.com'";
    try {
      URI url = new URI(value.text());
      String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
      if (!scheme.equals("http") && !scheme.equals("https")) {
        throw new BadValue(
            value.place(), "`" + Text.shortened(value.text()) + "` is no http(s) URL", remedy);
      }
      if (url.getHost() == null && url.getRawAuthority() == null) {
        throw new BadValue(
            value.place(), "`" + Text.shortened(value.text()) + "` names no host", remedy);
      }
    } catch (URISyntaxException e) {
      throw new BadValue(value.place(), "`" + Text.shortened(value.text()) + "` is no URL", remedy);
    }
  }
}
