package dev.gander.controller;

import dev.gander.config.DnsSettings;
import dev.gander.config.DnsSettings.IpVersion;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.Question;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import dev.gander.message.Request;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code ipversion_prefer}: which type gives way to which, by upstream. Any thread; no allocation.
 */
final class Preference {

  /** How long the answer of the preferred version is waited for beyond the other's. */
  static final Duration MOMENT = Duration.ofMillis(500);

  /** What a question of the other version gets. */
  static final Answer NOTHING =
      Answer.negative(
          Rcode.NOERROR,
          Rejection.TTL_SECONDS,
          ExtendedError.SYNTHESIZED,
          "ipversion_prefer: the name has addresses of the other IP version");

  private static final int NONE = 0;

  private final int usual;
  private final Map<String, Integer> byUpstream = new HashMap<>();

  private Preference(DnsSettings settings) {
    usual = preferred(settings.ipversionPrefer());
    settings
        .manners()
        .forEach((name, manner) -> byUpstream.put(name, preferred(manner.ipversionPrefer())));
  }

  /** The preference of a configuration; null if it has none at all. */
  static @Nullable Preference of(DnsSettings settings) {
    Preference preference = new Preference(settings);
    boolean any =
        preference.usual != NONE
            || preference.byUpstream.values().stream().anyMatch(it -> it != NONE);
    return any ? preference : null;
  }

  private static int preferred(Optional<IpVersion> version) {
    return version.isEmpty()
        ? NONE
        : version.get() == IpVersion.IPV4 ? RecordType.A : RecordType.AAAA;
  }

  /** The type that {@code query} gives way to when it is asked of this upstream; 0 if to none. */
  int over(Request query, String upstream) {
    int type = query.type();
    if ((type != RecordType.A && type != RecordType.AAAA) || query.qclass() != Question.CLASS_IN) {
      return NONE;
    }
    Integer own = byUpstream.get(upstream);
    int preferred = own == null ? usual : own;
    return preferred == type ? NONE : preferred;
  }

  /** Whether the answer has an address of this type. */
  static boolean has(Answer answer, int type) {
    return type == RecordType.A
        ? answer.anyAddress(Client::isIpv4)
        : answer.anyAddress((high, low) -> !Client.isIpv4(high, low));
  }
}
