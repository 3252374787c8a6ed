package dev.gander.intercept;

import dev.gander.kernel.Link;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.Sysctl;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a gateway's kernel needs, in the order in which it must be set. What the programs need is
 * not here, since they need nothing: see docs/DATAPATH.md.
 *
 * @param lan interfaces that clients are behind
 * @param uplinks interfaces that the clients' packets leave by
 * @param all interfaces there are
 */
record NeededParameters(List<Link> lan, List<Link> uplinks, List<Link> all) {

  static final String IPV6_FORWARDING = "net/ipv6/conf/all/forwarding";

  private static final String IPV4 = "net/ipv4/conf/";
  private static final String IPV6 = "net/ipv6/conf/";
  private static final String CLIENTS = "what LAN clients send is to be forwarded";
  private static final String ANSWERS = "what comes back for LAN clients is to be forwarded";
  private static final String REDIRECTS =
      "clients would be told of routes that lead around this machine (ICMP redirects)";
  private static final String ADVERTISEMENTS =
      "a machine that forwards listens to no router advertisements, and its IPv6 routes end";

  /** Of the namespace that {@code netlink} speaks for. */
  static NeededParameters of(Netlink netlink, Collection<String> lan, Collection<String> wan) {
    List<Link> all = netlink.links();
    List<String> leaving = Stream.concat(wan.stream(), Stream.of(WanLinks.AUTO)).toList();
    return new NeededParameters(
        LanLinks.present(lan, all),
        WanLinks.present(leaving, all, netlink.defaultRouteInterfaces()),
        all);
  }

  /**
   * All of them, whether they are as they must be or not.
   *
   * @param narrow IPv6 can be forwarded by some interfaces only (Linux 6.17)
   */
  List<KernelParameter> list(boolean narrow) {
    if (lan.isEmpty()) {
      return List.of();
    }
    List<KernelParameter> needed = new ArrayList<>();
    if (lan.stream().anyMatch(NeededParameters::speaksIpv6)) {
      addIpv6(needed, narrow);
    }
    lan.forEach(link -> needed.add(of(link, IPV4, "forwarding", "1", CLIENTS)));
    uplinksOnly().forEach(link -> needed.add(of(link, IPV4, "forwarding", "1", ANSWERS)));
    // They are sent if either says so.
    needed.add(KernelParameter.ofMachine(IPV4 + "all/send_redirects", "0", REDIRECTS));
    lan.forEach(link -> needed.add(of(link, IPV4, "send_redirects", "0", REDIRECTS)));
    return needed;
  }

  /**
   * An interface that begins to forward takes the routes that advertisements brought away from all
   * interfaces whose accept_ra is not 2, so that comes first.
   */
  private void addIpv6(List<KernelParameter> needed, boolean narrow) {
    for (Link link : narrow ? uplinks : listening()) {
      needed.add(of(link, IPV6, "accept_ra", "2", ADVERTISEMENTS).onlyInPlaceOf("1"));
    }
    if (!narrow) {
      needed.add(
          KernelParameter.ofMachine(IPV6 + "default/accept_ra", "2", ADVERTISEMENTS)
              .onlyInPlaceOf("1"));
      needed.add(KernelParameter.ofMachine(IPV6_FORWARDING, "1", CLIENTS));
    } else if (!Sysctl.readIfThere(IPV6_FORWARDING).equals("1")) {
      lan.forEach(link -> needed.add(of(link, IPV6, "force_forwarding", "1", CLIENTS)));
      uplinksOnly().forEach(link -> needed.add(of(link, IPV6, "force_forwarding", "1", ANSWERS)));
    }
    for (Link link : lan) {
      needed.add(of(link, IPV6, "forwarding", "1", "clients are to see a router in this machine"));
    }
  }

  private static boolean speaksIpv6(Link link) {
    return Sysctl.readIfThere(IPV6 + link.name() + "/disable_ipv6").equals("0");
  }

  /** Where advertisements may come in: a router listens to none of its own LAN. */
  private Set<Link> listening() {
    Set<Link> listening = new LinkedHashSet<>(uplinks);
    all.stream()
        .filter(link -> !link.isLoopback() && !link.name().equals(Daens.NEAR))
        .filter(link -> !lan.contains(link))
        .forEach(listening::add);
    return listening;
  }

  private List<Link> uplinksOnly() {
    return uplinks.stream().filter(link -> !lan.contains(link)).toList();
  }

  private static KernelParameter of(
      Link link, String family, String parameter, String value, String why) {
    return new KernelParameter(
        link.ifindex(), family + link.name() + "/" + parameter, value, "", why);
  }
}
