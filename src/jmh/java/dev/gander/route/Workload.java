package dev.gander.route;

import dev.gander.message.Name;
import java.io.ByteArrayOutputStream;
import java.util.Random;

/** What the routing benchmarks measure: rules like those of big block lists, and questions. */
final class Workload {

  static final int DOMAINS = 1_000_000;
  static final int RULES = 200;
  static final int KEYWORDS = 500;
  static final int REGEXES = 50;
  static final int PREFIXES = 100_000;

  /** Questions are taken in turn; their number is a power of two. */
  static final int QUESTIONS = 1 << 14;

  private static final String[] TOPS = {
    "com", "net", "org", "cn", "de", "com.cn", "co.uk", "io", "xyz", "ru", "jp", "info"
  };

  private final Random random = new Random(1);
  private final String[] domains = new String[DOMAINS];

  /** The questions' wire names, one after the other. */
  final byte[] names;

  /** Where each begins in {@code names}. */
  final int[] offsets = new int[QUESTIONS];

  Workload() {
    for (int i = 0; i < DOMAINS; i++) {
      String parent = i > 0 && random.nextInt(4) == 0 ? domains[random.nextInt(i)] : top();
      domains[i] = parent.length() > 80 ? label() + "." + top() : label() + "." + parent;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < QUESTIONS; i++) {
      offsets[i] = out.size();
      boolean listed = random.nextBoolean();
      String base = listed ? domains[random.nextInt(DOMAINS)] : label() + "." + top();
      out.writeBytes(Name.toWire(random.nextBoolean() ? base : "www." + base));
    }
    out.writeBytes(new byte[255]);
    names = out.toByteArray();
  }

  /** The matcher of all domains; with keywords and expressions too if asked for. */
  DomainMatcher domainMatcher(boolean keywords) {
    DomainMatcher.Builder builder = new DomainMatcher.Builder();
    for (int rule = 0; rule < RULES; rule++) {
      builder.condition();
      for (int i = rule; i < DOMAINS; i += RULES) {
        if (i % 10 == 0) {
          builder.full(domains[i]);
        } else {
          builder.suffix(domains[i]);
        }
      }
      for (int i = rule; keywords && i < KEYWORDS; i += RULES) {
        builder.keyword(label());
      }
      for (int i = rule; keywords && i < REGEXES; i += RULES) {
        builder.regex("^" + label() + "[0-9]+\\.[a-z]+\\.com$");
      }
    }
    return builder.build();
  }

  IpMatcher ipMatcher() {
    IpMatcher.Builder builder = new IpMatcher.Builder();
    for (int i = 0; i < PREFIXES; i++) {
      if (i % (PREFIXES / 20) == 0) {
        builder.condition();
      }
      if ((i & 1) == 0) {
        builder.add(0, 0xffff_0000_0000L | Integer.toUnsignedLong(random.nextInt()), prefix(112, 8));
      } else {
        builder.add(globalUnicast(), 0, prefix(32, 32));
      }
    }
    return builder.build();
  }

  /** Addresses to look up: pairs of high and low, IPv4 and IPv6 in turn. */
  long[] addresses() {
    long[] pairs = new long[2 * QUESTIONS];
    for (int i = 0; i < QUESTIONS; i++) {
      boolean ipv4 = (i & 1) == 0;
      pairs[2 * i] = ipv4 ? 0 : globalUnicast();
      pairs[2 * i + 1] =
          ipv4 ? 0xffff_0000_0000L | Integer.toUnsignedLong(random.nextInt()) : random.nextLong();
    }
    return pairs;
  }

  private int prefix(int from, int spread) {
    return from + random.nextInt(spread);
  }

  private long globalUnicast() {
    return 0x2400_0000_0000_0000L | (random.nextLong() >>> 6);
  }

  private String top() {
    return TOPS[random.nextInt(TOPS.length)];
  }

  private String label() {
    StringBuilder label = new StringBuilder();
    for (int length = 5 + random.nextInt(9); length > 0; length--) {
      label.append((char) ('a' + random.nextInt(26)));
    }
    return label.toString();
  }
}
