package dev.gander.group;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** One thing that is asked through a node to see whether it works. */
sealed interface Probe {

  /** Whom to ask; unresolved where the configuration gives no address: then the node looks up. */
  InetSocketAddress target();

  /** What the outcome says something about. */
  Set<Use> uses();

  /**
   * An HTTP request, over TLS or not. Statuses from 200 to 499 are good; of a path that ends in
   * {@code /generate_204} only 204 is.
   */
  record Http(
      InetSocketAddress target,
      Set<Use> uses,
      boolean tls,
      String method,
      String host,
      int port,
      String path)
      implements Probe {}

  /** A DNS query; any answer to it is good. */
  record Dns(InetSocketAddress target, Set<Use> uses, boolean tcp) implements Probe {}

  /** Those that the terms ask for, the most telling first. */
  static List<Probe> of(CheckTerms terms) {
    List<Probe> probes = new ArrayList<>();
    URI url = URI.create(terms.tcpCheckUrl().getFirst());
    boolean tls = "https".equals(url.getScheme().toLowerCase(Locale.ROOT));
    HostPort web = HostPort.of(url.getRawAuthority().replaceFirst("^.*@", ""), tls ? 443 : 80);
    HostPort dns = HostPort.of(terms.udpCheckDns().getFirst(), 53);
    List<InetSocketAddress> webs = web.targets(terms.tcpCheckUrl());
    List<InetSocketAddress> resolvers = dns.targets(terms.udpCheckDns());
    for (InetSocketAddress target : webs) {
      String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
      String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
      Set<Use> uses = uses(target, Use.TCP4, Use.TCP6);
      probes.add(
          new Http(target, uses, tls, terms.httpMethod(), web.host(), web.port(), path + query));
    }
    for (InetSocketAddress target : resolvers) {
      Set<Use> uses = uses(target, Use.DNS_UDP4, Use.DNS_UDP6);
      // What carries DNS over UDP carries other datagrams; traffic of their own may say otherwise.
      uses.addAll(uses(target, Use.UDP4, Use.UDP6));
      probes.add(new Dns(target, uses, false));
    }
    for (InetSocketAddress target : resolvers) {
      probes.add(new Dns(target, uses(target, Use.DNS_TCP4, Use.DNS_TCP6), true));
    }
    return probes;
  }

  private static Set<Use> uses(InetSocketAddress target, Use ipv4, Use ipv6) {
    if (target.isUnresolved()) {
      return EnumSet.of(ipv4, ipv6);
    }
    return EnumSet.of(target.getAddress() instanceof Inet6Address ? ipv6 : ipv4);
  }

  /** A host as a configuration writes it. */
  record HostPort(String host, int port) {

    static HostPort of(String text, int defaultPort) {
      int colon = text.lastIndexOf(':');
      boolean bareIpv6 = text.indexOf(':') != colon && !text.startsWith("[");
      if (colon < 0 || bareIpv6 || text.endsWith("]")) {
        return new HostPort(unbracketed(text), defaultPort);
      }
      return new HostPort(
          unbracketed(text.substring(0, colon)), Integer.parseInt(text.substring(colon + 1)));
    }

    private static String unbracketed(String host) {
      return host.startsWith("[") && host.endsWith("]")
          ? host.substring(1, host.length() - 1)
          : host;
    }

    /** The first address of each family that is written; the name itself if none is. */
    List<InetSocketAddress> targets(List<String> written) {
      List<InetSocketAddress> targets = new ArrayList<>();
      addLiteral(targets, host, port);
      for (String text : written.subList(1, written.size())) {
        HostPort address = of(text, port);
        addLiteral(targets, address.host(), address.port());
      }
      return targets.isEmpty() ? List.of(InetSocketAddress.createUnresolved(host, port)) : targets;
    }

    private static void addLiteral(List<InetSocketAddress> targets, String host, int port) {
      InetAddress address;
      try {
        address = InetAddress.ofLiteral(host);
      } catch (IllegalArgumentException e) {
        return;
      }
      if (targets.stream().noneMatch(it -> it.getAddress().getClass() == address.getClass())) {
        targets.add(new InetSocketAddress(address, port));
      }
    }
  }
}
