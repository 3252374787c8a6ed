package dev.gander.controller;

import dev.gander.cache.CacheKey;
import dev.gander.config.DnsSettings;
import dev.gander.config.DnsSettings.Ecs;
import dev.gander.config.DnsSettings.Manner;
import dev.gander.local.PrivateAddresses;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.Subnet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What upstreams are told of their clients' addresses: the key and option {@code ecs}, RFC 7871.
 * Any thread; what the reading thread calls allocates nothing.
 */
final class Subnets {

  /** No more of an address is told (RFC 7871 § 11.1). */
  private static final int IPV4_BITS = Subnet.MAPPED + 24;

  private static final int IPV6_BITS = 56;

  private final Ecs usual;
  private final Map<String, Ecs> byUpstream = new HashMap<>();

  private Subnets(DnsSettings settings) {
    usual = settings.ecs();
    settings.manners().forEach((upstream, manner) -> byUpstream.put(upstream, manner.ecs()));
  }

  /** Null where no upstream is told anything. */
  static @Nullable Subnets of(DnsSettings settings) {
    boolean none =
        settings.ecs() instanceof Ecs.Strip
            && settings.manners().values().stream()
                .map(Manner::ecs)
                .allMatch(Ecs.Strip.class::isInstance);
    return none ? null : new Subnets(settings);
  }

  private Ecs of(String upstream) {
    Ecs own = byUpstream.get(upstream);
    return own == null ? usual : own;
  }

  /**
   * Points the probe at answers for this client's subnet, if its upstream is told of it, and has
   * the answer repeat the subnet that the client told.
   *
   * @return false if what the client told is malformed and would be passed on
   */
  boolean point(CacheKey probe, QueryView query, Client client) {
    Ecs ecs = of(probe.policy());
    if (ecs instanceof Ecs.Strip) {
      return true;
    }
    if (query.hasSubnet() && query.subnetLength() < 0) {
      return false;
    }
    query.repeatSubnet();
    if (ecs instanceof Ecs.Forward) {
      if (query.hasSubnet()) {
        point(probe, query.subnetHigh(), query.subnetLow(), query.subnetLength());
      } else {
        point(probe, client.sourceHigh(), client.sourceLow(), 128);
      }
    }
    return true;
  }

  /** Whether the answer is for clients of any network. */
  boolean isForAll(CacheKey key, Answer answer) {
    return !key.hasSubnet() && (answer.scope() == 0 || !(of(key.policy()) instanceof Ecs.Forward));
  }

  private static void point(CacheKey probe, long high, long low, int length) {
    boolean mapped = Subnet.isMapped(high, low);
    boolean telling = mapped ? length > Subnet.MAPPED : length > 0;
    if (telling && !PrivateAddresses.contain(high, low)) {
      int bits = Math.min(length, mapped ? IPV4_BITS : IPV6_BITS);
      probe.inSubnet(Subnet.maskedHigh(high, bits), Subnet.maskedLow(low, bits), bits);
    }
  }

  /**
   * The query as {@code upstream} is to hear it. A client's subnet is told only where the answer is
   * kept for that subnet.
   */
  Query told(Query query, CacheKey key, String upstream) {
    return switch (of(upstream)) {
      case Ecs.Strip() -> query.telling(null);
      case Ecs.Fixed fixed -> query.telling(subnet(fixed));
      case Ecs.Forward() -> query.telling(key.hasSubnet() ? key.subnet() : Subnet.NOTHING);
    };
  }

  private static Subnet subnet(Ecs.Fixed fixed) {
    long high = Client.high(fixed.address());
    long low = Client.low(fixed.address());
    int mapped = Subnet.isMapped(high, low) ? Subnet.MAPPED : 0;
    return Subnet.of(high, low, fixed.prefixLength() + mapped);
  }

  /** An answer to {@code query}: without word of a subnet it is for everybody. */
  static Answer heard(Query query, Answer answer) {
    boolean told = query.subnet().filter(it -> !it.isEmpty()).isPresent();
    return told ? answer.scoped(Math.max(0, answer.scope())) : answer.scoped(Answer.NO_SCOPE);
  }
}
