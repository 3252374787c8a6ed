package dev.gander.config;

import static dev.gander.config.Key.now;
import static dev.gander.config.ValueReader.list;
import static dev.gander.config.ValueReader.one;

import dev.gander.config.DnsSettings.Bind;
import dev.gander.config.DnsSettings.Ecs;
import dev.gander.config.DnsSettings.IpVersion;
import dev.gander.config.DnsSettings.RateLimitAnswer;
import dev.gander.config.DnsSettings.RejectAnswer;
import dev.gander.config.Syntax.Literal;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The keys of {@code dns}: the one place of their defaults and of what has an effect today. */
final class DnsKeys {

  static final Key<Optional<IpVersion>> IPVERSION_PREFER =
      now("ipversion_prefer", "0", one(DnsKeys::ipVersion));
  static final Key<List<Bind>> BIND = now("bind", "", list(Binds::read));
  static final Key<Boolean> OPTIMISTIC_CACHE =
      now("optimistic_cache", "true", one(Readers::yesOrNo));
  static final Key<Duration> OPTIMISTIC_CACHE_TTL =
      now("optimistic_cache_ttl", "60", one(Quantities::seconds));
  static final Key<Integer> MAX_CACHE_SIZE =
      now("max_cache_size", "0", one(Readers.number(0, Integer.MAX_VALUE)));

  // gander's own
  static final Key<Integer> KERNEL_ANSWERS =
      now("kernel_answers", "16384", one(Readers.number(0, 131_072)));
  static final Key<Long> CACHE_SIZE = now("cache_size", "64MiB", one(Quantities::bytes));
  static final Key<Duration> MIN_TTL = now("min_ttl", "0", one(Quantities::ttl));
  static final Key<Duration> MAX_TTL = now("max_ttl", "1d", one(Quantities::ttl));
  static final Key<Duration> NEGATIVE_TTL_MAX = now("negative_ttl_max", "1h", one(Quantities::ttl));
  static final Key<Duration> QUERY_TIMEOUT =
      now("query_timeout", "5s", one(Quantities::positiveDuration));
  static final Key<RejectAnswer> REJECT_ANSWER =
      now("reject_answer", "nodata", one(Readers.word(RejectAnswer.class)));
  static final Key<Boolean> USE_HOSTS = now("use_hosts", "true", one(Readers::yesOrNo));
  static final Key<Boolean> REBIND_PROTECTION =
      now("rebind_protection", "false", one(Readers::yesOrNo));
  static final Key<Ecs> ECS = now("ecs", "strip", one(DnsKeys::ecs));
  static final Key<Boolean> MIX_CASE = now("0x20", "true", one(Readers::yesOrNo));
  static final Key<Integer> CLIENT_RATE_LIMIT =
      now("client_rate_limit", "0", one(Readers.number(0, 1_000_000)));
  static final Key<RateLimitAnswer> CLIENT_RATE_LIMIT_ANSWER =
      now("client_rate_limit_answer", "refused", one(Readers.word(RateLimitAnswer.class)));
  static final Key<Integer> CLIENT_RATE_LIMIT_IPV4 =
      now("client_rate_limit_ipv4", "32", one(Readers.number(1, 32)));
  static final Key<Integer> CLIENT_RATE_LIMIT_IPV6 =
      now("client_rate_limit_ipv6", "64", one(Readers.number(1, 128)));

  static final Map<String, Key<?>> ALL =
      Key.table(
          IPVERSION_PREFER,
          BIND,
          OPTIMISTIC_CACHE,
          OPTIMISTIC_CACHE_TTL,
          MAX_CACHE_SIZE,
          KERNEL_ANSWERS,
          CACHE_SIZE,
          MIN_TTL,
          MAX_TTL,
          NEGATIVE_TTL_MAX,
          QUERY_TIMEOUT,
          REJECT_ANSWER,
          USE_HOSTS,
          REBIND_PROTECTION,
          ECS,
          MIX_CASE,
          CLIENT_RATE_LIMIT,
          CLIENT_RATE_LIMIT_ANSWER,
          CLIENT_RATE_LIMIT_IPV4,
          CLIENT_RATE_LIMIT_IPV6);

  private DnsKeys() {}

  static Optional<IpVersion> ipVersion(Literal value, Problems problems) throws BadValue {
    return switch (value.text()) {
      case "0" -> Optional.empty();
      case "4" -> Optional.of(IpVersion.IPV4);
      case "6" -> Optional.of(IpVersion.IPV6);
      default ->
          throw new BadValue(
              value.place(),
              "`" + Text.shortened(value.text()) + "` is no IP version",
              "write 4, 6, or 0 for no preference");
    };
  }

  static Ecs ecs(Literal value, Problems problems) throws BadValue {
    String text = value.text();
    if (text.equals("strip")) {
      return new Ecs.Strip();
    }
    if (text.equals("forward")) {
      return new Ecs.Forward();
    }
    int slash = text.indexOf('/');
    InetAddress address = Addresses.parse(slash < 0 ? text : text.substring(0, slash));
    int bits = text.indexOf(':') < 0 ? 32 : 128;
    if (address == null || address.getAddress().length * 8 != bits) {
      throw new BadValue(
          value.place(),
          "`" + Text.shortened(text) + "` says nothing about client subnets",
          "write strip, forward, or a prefix like 203.0.113.0/24");
    }
    Addresses.prefix(value);
    return new Ecs.Fixed(
        address, slash < 0 ? bits : Addresses.number(text.substring(slash + 1), bits));
  }
}
