package dev.gander.cache;

import dev.gander.config.DnsSettings;
import dev.gander.message.Answer;
import dev.gander.message.Name;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** How long an answer holds: what its server said, within what the configuration says. */
final class TtlRules {

  private final Map<String, Integer> fixed = new HashMap<>();
  private final Map<String, Integer> fixedBelow = new HashMap<>();
  private final int min;
  private final int max;
  private final int negativeMax;

  TtlRules(DnsSettings settings) {
    min = seconds(settings.minTtl());
    max = seconds(settings.maxTtl());
    negativeMax = seconds(settings.negativeTtlMax());
    settings
        .fixedDomainTtl()
        .forEach((name, ttl) -> {
          boolean below = name.startsWith("*.");
          String plain = below ? name.substring(2) : name;
          (below ? fixedBelow : fixed).put(Name.toText(Name.toWire(plain), 0), seconds(ttl));
        });
  }

  /**
   * The answer with its TTLs as clients are to see them.
   *
   * @param name as text, lower case
   */
  Answer apply(String name, Answer answer) {
    int exactly = fixed(name);
    if (exactly >= 0) {
      return answer.withTtlBetween(exactly, exactly);
    }
    if (answer.kind() == Answer.Kind.POSITIVE) {
      return answer.withTtlBetween(Math.min(min, max), max);
    }
    if (answer.ttl() == 0) {
      // No SOA: a referral, perhaps. Not for keeping, and its TTLs are not ours to change.
      return answer;
    }
    int most = Math.min(answer.ttl(), Math.min(negativeMax, max));
    return answer.withTtlBetween(Math.min(min, most), most);
  }

  /** The name's own, else that of the longest {@code *.suffix} above it; -1 if there is none. */
  private int fixed(String name) {
    Integer own = fixed.get(name);
    if (own != null) {
      return own;
    }
    if (!fixedBelow.isEmpty()) {
      for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        Integer below = fixedBelow.get(name.substring(dot + 1));
        if (below != null) {
          return below;
        }
      }
    }
    return -1;
  }

  static int seconds(Duration duration) {
    return Math.clamp(duration.toSeconds(), 0, Integer.MAX_VALUE);
  }
}
