package dev.gander.config;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * {@code dns { … }}, with dae's keys and gander's own.
 *
 * @param fixedDomainTtl by name: lower case, no dot at its end, letters outside of ASCII in
 *     punycode; so are the names of {@code hosts}
 * @param optimisticCacheTtl how long an answer may be given after its end; 0 for ever
 * @param maxCacheSize answers kept at most; 0 for no such bound
 * @param mixCase the key {@code 0x20}
 * @param manners by name, of the upstreams and groups that have options of their own
 */
public record DnsSettings(
    Optional<IpVersion> ipversionPrefer,
    Map<String, Duration> fixedDomainTtl,
    List<Upstream> upstreams,
    List<UpstreamGroup> upstreamGroups,
    DnsRules request,
    DnsRules response,
    List<Bind> bind,
    boolean optimisticCache,
    Duration optimisticCacheTtl,
    long maxCacheSize,
    int kernelAnswers,
    long cacheSizeBytes,
    Duration minTtl,
    Duration maxTtl,
    Duration negativeTtlMax,
    Duration queryTimeout,
    RejectAnswer rejectAnswer,
    boolean useHosts,
    Map<String, List<InetAddress>> hosts,
    boolean rebindProtection,
    Ecs ecs,
    boolean mixCase,
    RateLimit clientRateLimit,
    Map<String, Manner> manners) {

  /** How this upstream or group is asked; {@code asis} too. */
  public Manner manner(String upstream) {
    Manner own = manners.get(upstream);
    return own == null ? new Manner(ecs, ipversionPrefer) : own;
  }

  /**
   * What an upstream's options may say otherwise than {@code dns} does.
   *
   * @param ecs the option {@code ecs}, else the key
   * @param ipversionPrefer the option {@code ipversion_prefer}, else the key
   */
  public record Manner(Ecs ecs, Optional<IpVersion> ipversionPrefer) {}

  public enum IpVersion {
    IPV4,
    IPV6
  }

  /** What a client gets when a rule says {@code reject}. */
  public enum RejectAnswer {
    NODATA,
    NXDOMAIN,
    ZERO,
    REFUSED
  }

  /** What a client gets beyond its limit; {@code TC} is for UDP, and lets TCP be. */
  public enum RateLimitAnswer {
    REFUSED,
    TC
  }

  /**
   * The keys {@code client_rate_limit…}.
   *
   * @param perSecond queries per second and client; 0 for no limit
   * @param ipv4Bits length of the prefix that counts as one client
   */
  public record RateLimit(int perSecond, RateLimitAnswer answer, int ipv4Bits, int ipv6Bits) {}

  /** {@code ecs}: EDNS Client Subnet, RFC 7871. */
  public sealed interface Ecs {
    record Strip() implements Ecs {}

    record Forward() implements Ecs {}

    /** Always this prefix, whoever asks. */
    record Fixed(InetAddress address, int prefixLength) implements Ecs {}
  }

  /** Rules of {@code routing.request} or {@code routing.response}, first match wins. */
  public record DnsRules(List<Rule> rules, Rule.Outbound fallback) {}

  /**
   * {@code upstream { NAME: 'scheme://host:port/path?options' }}.
   *
   * @param host a literal address without brackets, or a name as in {@code fixedDomainTtl}
   * @param path only for HTTPS and H3, {@code /dns-query} by default, with the part of the query
   *     that is no option of gander's; else empty
   * @param options by key, in the order written
   */
  public record Upstream(
      String name,
      Scheme scheme,
      String host,
      int port,
      String path,
      Map<String, List<String>> options,
      Place place) {

    /** No option that can be written. */
    private static final String DESIGNATOR = "designator";

    public enum Scheme {
      UDP,
      TCP,
      TCP_UDP,
      TLS,
      QUIC,
      HTTPS,
      H3;

      /** As URLs have it: {@code tcp+udp}. */
      public String scheme() {
        return name().toLowerCase(Locale.ROOT).replace('_', '+');
      }

      /** Whether questions go by UDP, at first. */
      public boolean overUdp() {
        return this == UDP || this == TCP_UDP || this == QUIC || this == H3;
      }

      /** Whether there is a handshake of TLS or QUIC before the first question. */
      public boolean encrypted() {
        return this == TLS || this == QUIC || this == HTTPS || this == H3;
      }
    }

    /** The options {@code interface} and {@code bind}. */
    public Binding binding() {
      return new Binding(
          option("interface"),
          options.getOrDefault("bind", List.of()).stream().map(InetAddress::ofLiteral).toList());
    }

    /** The server's address, if it has exactly one and needs no look-up for it. */
    public Optional<InetAddress> onlyAddress() {
      List<String> given = options.getOrDefault("ip", List.of(host));
      InetAddress address = given.size() == 1 ? Addresses.parse(given.getFirst()) : null;
      return Optional.ofNullable(address);
    }

    /**
     * The same server by an encrypted way that it designates itself (RFC 9462): what is said here
     * of interfaces and authorities holds there, too.
     *
     * @param target what to ask for in the handshake, a name or an address
     * @param verified whether the certificate must be for {@link #onlyAddress}; else for nobody
     */
    public Upstream designating(
        Scheme by, String target, int atPort, String atPath, boolean verified) {
      Map<String, List<String>> kept = new LinkedHashMap<>(options);
      kept.keySet().retainAll(List.of("ca", "interface", "bind"));
      if (verified) {
        onlyAddress().ifPresent(it -> kept.put(DESIGNATOR, List.of(it.getHostAddress())));
      } else {
        kept.remove("ca");
        kept.put("verify", List.of("none"));
      }
      return new Upstream(name, by, target, atPort, atPath, Map.copyOf(kept), place);
    }

    /** Whose certificate is wanted where another server has designated this one: its address. */
    Optional<String> designator() {
      return option(DESIGNATOR);
    }

    /** Of a network of one's own, of the link or of this machine: nobody is given such a name. */
    public static boolean isPrivate(InetAddress address) {
      boolean uniqueLocal =
          address instanceof Inet6Address && (address.getAddress()[0] & 0xfe) == 0xfc;
      return address.isSiteLocalAddress()
          || address.isLinkLocalAddress()
          || address.isLoopbackAddress()
          || uniqueLocal;
    }

    /** The first value of an option, if it is given. */
    public Optional<String> option(String key) {
      return options.getOrDefault(key, List.of()).stream().findFirst();
    }
  }

  /**
   * {@code upstream_group { NAME { upstream: a, b policy: hedge } }}.
   *
   * @param upstreams names of upstreams, at least one
   * @param policy {@code fastest}, {@code failover}, {@code hedge} or {@code race(N)}
   */
  public record UpstreamGroup(String name, List<String> upstreams, String policy, Place place) {}

  /**
   * One endpoint of {@code bind}.
   *
   * @param host a literal address, no brackets; {@code ::} for every address of both families
   * @param port 0 to 65535, 0 for any free one
   * @param path of HTTP requests
   * @param identity what an encrypted endpoint shows; empty for the others
   * @param proxies who may, and must, say for whom they speak (PROXY protocol); empty: nobody
   */
  public record Bind(
      Protocol protocol,
      String host,
      int port,
      String path,
      Optional<Identity> identity,
      Optional<List<Network>> proxies,
      Place place) {

    /** How clients speak there. */
    public enum Protocol {
      UDP,
      TCP,
      TCP_UDP,
      /** RFC 7858. */
      TLS,
      /** RFC 8484 over HTTP/2 and HTTP/1.1. */
      HTTPS,
      /** RFC 8484 over HTTP/3. */
      H3,
      /** RFC 9250. */
      QUIC;

      /** What ALPN calls it, the best first; what is not encrypted is as TLS is inside. */
      public List<String> alpn() {
        return switch (this) {
          case HTTPS -> List.of("h2", "http/1.1");
          case H3 -> List.of("h3");
          case QUIC -> List.of("doq");
          case TLS, UDP, TCP, TCP_UDP -> List.of("dot");
        };
      }

      /** Whether DNS is inside of HTTP. */
      public boolean overHttp() {
        return this == HTTPS || this == H3;
      }

      /** Whether it is inside of QUIC. */
      public boolean overQuic() {
        return this == H3 || this == QUIC;
      }

      /** {@code tcp+udp}. */
      public String scheme() {
        return name().toLowerCase(Locale.ROOT).replace('_', '+');
      }
    }

    /**
     * A certificate and its key.
     *
     * @param name by which clients are told to find this resolver (RFC 9462); empty: a name of the
     *     certificate
     * @param pair what the two files held
     */
    public record Identity(Path certificate, Path key, Optional<String> name, PemPair pair) {}
  }
}
