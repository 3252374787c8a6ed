package dev.gander.config;

import dev.gander.config.Syntax.Literal;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations, sizes, bandwidths and whole numbers as text. */
final class Quantities {

  private static final BigDecimal NANOS_PER_SECOND = BigDecimal.valueOf(1_000_000_000);

  private static final Map<String, BigDecimal> SECONDS =
      Map.of(
          "ns",
          new BigDecimal("0.000000001"),
          "us",
          new BigDecimal("0.000001"),
          "µs",
          new BigDecimal("0.000001"),
          "ms",
          new BigDecimal("0.001"),
          "s",
          BigDecimal.ONE,
          "m",
          BigDecimal.valueOf(60),
          "h",
          BigDecimal.valueOf(3600),
          "d",
          BigDecimal.valueOf(86400));

  private static final Pattern PART =
      Pattern.compile("(\\d{1,12}(?:\\.\\d{0,9})?)(ns|us|µs|ms|s|m|h|d)");
  private static final Pattern AMOUNT =
      Pattern.compile("(\\d{1,15}(?:\\.\\d{0,9})?)\\s*([A-Za-z/]*)");

  /** Ten years: longer ones are mistakes, and would overflow the arithmetic of others. */
  private static final Duration LONGEST = Duration.ofDays(3653);

  private Quantities() {}

  /** {@code 30s}, {@code 1m30s}, {@code 500ms}, {@code 1d}; 0 needs no unit. */
  static Duration duration(Literal literal, Problems problems) throws BadValue {
    Duration value = signedDuration(literal);
    if (value.isNegative()) {
      throw new BadValue(
          literal.place(), "the duration `" + Text.shortened(literal.text()) + "` is negative", "");
    }
    return value;
  }

  static Duration positiveDuration(Literal literal, Problems problems) throws BadValue {
    Duration value = duration(literal, problems);
    if (value.isZero()) {
      throw new BadValue(literal.place(), "a duration of 0", "write one like 30s");
    }
    return value;
  }

  /** As {@link #duration}, perhaps with a sign. */
  static Duration signedDuration(Literal literal) throws BadValue {
    String text = literal.text().strip();
    boolean negative = text.startsWith("-");
    String amount = negative || text.startsWith("+") ? text.substring(1) : text;
    if (amount.matches("0+(\\.0*)?")) {
      return Duration.ZERO;
    }
    BigDecimal seconds = BigDecimal.ZERO;
    Matcher part = PART.matcher(amount);
    int at = 0;
    while (at < amount.length() && amount.length() <= 64 && part.find(at) && part.start() == at) {
      BigDecimal unit = SECONDS.getOrDefault(part.group(2), BigDecimal.ONE);
      seconds = seconds.add(new BigDecimal(part.group(1)).multiply(unit));
      at = part.end();
    }
    if (at != amount.length() || at == 0) {
      throw new BadValue(
          literal.place(),
          "`" + Text.shortened(text) + "` is no duration",
          amount.matches("\\d+")
              ? "give it a unit: " + Text.shortened(amount) + "s"
              : "write one like 30s, 500ms or 1m30s");
    }
    if (seconds.compareTo(BigDecimal.valueOf(LONGEST.toSeconds())) > 0) {
      throw new BadValue(
          literal.place(), "the duration `" + Text.shortened(text) + "` is too long", "");
    }
    Duration value = Duration.ofNanos(seconds.multiply(NANOS_PER_SECOND).longValue());
    return negative ? value.negated() : value;
  }

  /** As {@link #duration}; a bare number is seconds, as DNS counts TTLs. */
  static Duration ttl(Literal literal, Problems problems) throws BadValue {
    if (literal.text().matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(literal.text()));
    }
    return duration(literal, problems);
  }

  /** Whole seconds from 0 to 2^31-1 (RFC 2181, section 8). */
  static Duration seconds(Literal literal, Problems problems) throws BadValue {
    return Duration.ofSeconds(
        wholeNumber(literal, 0, Integer.MAX_VALUE, "a TTL in seconds, from 0 to 2147483647"));
  }

  /** Bytes: {@code 64MiB}, {@code 64 MB}, {@code 65536}. */
  static long bytes(Literal literal, Problems problems) throws BadValue {
    Matcher amount = AMOUNT.matcher(literal.text().strip());
    long unit =
        !amount.matches()
            ? 0
            : switch (amount.group(2).toLowerCase(Locale.ROOT)) {
              case "", "b" -> 1;
              case "k", "ki", "kib" -> 1L << 10;
              case "m", "mi", "mib" -> 1L << 20;
              case "g", "gi", "gib" -> 1L << 30;
              case "kb" -> 1_000;
              case "mb" -> 1_000_000;
              case "gb" -> 1_000_000_000;
              default -> 0;
            };
    if (unit == 0) {
      throw new BadValue(
          literal.place(),
          "`" + Text.shortened(literal.text()) + "` is no size",
          "write one like 64MiB");
    }
    return scaled(literal, amount.group(1), unit);
  }

  /** Bytes per second: {@code 200 mbps}, {@code 1 gbps}, or a plain number of bytes. */
  static long bandwidth(Literal literal, Problems problems) throws BadValue {
    Matcher amount = AMOUNT.matcher(literal.text().strip());
    long bits =
        !amount.matches()
            ? 0
            : switch (amount.group(2).toLowerCase(Locale.ROOT)) {
              case "" -> 8;
              case "b", "bps" -> 1;
              case "k", "kb", "kbps" -> 1_000;
              case "m", "mb", "mbps" -> 1_000_000;
              case "g", "gb", "gbps" -> 1_000_000_000;
              case "t", "tb", "tbps" -> 1_000_000_000_000L;
              default -> 0;
            };
    if (bits == 0) {
      throw new BadValue(
          literal.place(),
          "`" + Text.shortened(literal.text()) + "` is no bandwidth",
          "write one like '200 mbps', or a number of bytes per second");
    }
    return scaled(literal, amount.group(1), bits) / 8;
  }

  private static long scaled(Literal literal, String number, long unit) throws BadValue {
    BigDecimal value = new BigDecimal(number).multiply(BigDecimal.valueOf(unit));
    if (value.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new BadValue(
          literal.place(), "`" + Text.shortened(literal.text()) + "` is too much", "");
    }
    return value.longValue();
  }

  /**
   * A whole number, decimal or {@code 0x…}.
   *
   * @param what how the remedy calls it, such as {@code a port from 1 to 65535}
   */
  static long wholeNumber(Literal literal, long least, long most, String what) throws BadValue {
    String text = literal.text().strip();
    boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
    boolean readable =
        hexadecimal ? text.matches("0[xX][0-9a-fA-F]{1,15}") : text.matches("-?\\d{1,18}");
    if (!readable) {
      throw new BadValue(
          literal.place(), "`" + Text.shortened(text) + "` is no such number", "write " + what);
    }
    long value = hexadecimal ? Long.parseLong(text.substring(2), 16) : Long.parseLong(text);
    if (value < least || value > most) {
      throw new BadValue(
          literal.place(), "`" + Text.shortened(text) + "` is out of range", "write " + what);
    }
    return value;
  }
}
