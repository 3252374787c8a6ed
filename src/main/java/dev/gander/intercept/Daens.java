package dev.gander.intercept;

import dev.gander.kernel.KernelException;
import dev.gander.kernel.Link;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.NetworkNamespace;
import dev.gander.kernel.Sysctl;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The listener's namespace and the pair that leads to it. dae0 is here, dae0peer is born inside, so
 * that both vanish with the namespace even if the process is killed between two lines.
 */
final class Daens implements AutoCloseable {

  /** Its name in the host's namespace. */
  static final String NEAR = "dae0";

  private static final String FAR = "dae0peer";

  /** What dae0 carries as its alias: how our own leftover is told from a running dae's. */
  private static final String ALIAS = "gander";

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("169.254.0.11");
  private static final InetAddress GATEWAY = InetAddress.ofLiteral("169.254.0.1");
  private static final InetAddress GATEWAY6 = InetAddress.ofLiteral("fe80::ecee:eeff:feee:eeee");

  /** The kernel's own for IPv4: by it alone it knows which addresses a socket may send from. */
  private static final int TABLE = 255;

  private static final int TABLE6 = 2023;
  private static final int LOOPBACK = 1;
  private static final int MTU_MIN = 1280; // below it, IPv6 is taken off the interface

  /**
   * Connections keep the mark that they began with, by which replies find the way, and none
   * outlives the client's identity: what is not acknowledged is given up within 10 s.
   */
  private static final Map<String, String> TCP_PARAMETERS =
      Map.of(
          "net/ipv4/tcp_fwmark_accept", "1",
          "net/ipv4/fwmark_reflect", "1",
          // The programs know whose segments answer a cookie.
          "net/ipv4/tcp_syncookies", "1",
          "net/ipv4/tcp_synack_retries", "2",
          "net/ipv4/tcp_retries2", "4",
          "net/ipv4/tcp_orphan_retries", "4",
          // No ICMP message finds the way in here.
          "net/ipv4/tcp_mtu_probing", "1");

  private final Netlink host;
  private final NetworkNamespace namespace;
  private final boolean ipv6;
  private @Nullable Netlink inside;
  private int nearIfindex;
  private int namespaceId;
  private int farIfindex;

  private Daens(Netlink host, NetworkNamespace namespace, boolean ipv6) {
    this.host = host;
    this.namespace = namespace;
    this.ipv6 = ipv6;
  }

  /** Builds all of it beside the calling thread's namespace, for which {@code host} speaks. */
  static Daens create(Netlink host, boolean ipv6) {
    removeLeftover(host);
    Daens daens = new Daens(host, NetworkNamespace.create("gander-daens"), ipv6);
    try {
      daens.join();
      return daens;
    } catch (RuntimeException e) {
      daens.close();
      throw e;
    }
  }

  /** Makes the pair; a pair that is made again has the numbers of the first. */
  private void join() {
    host.createVeth(NEAR, nearIfindex, FAR, farIfindex, namespace);
    Link near = host.link(NEAR).orElseThrow(Daens::vanished);
    nearIfindex = near.ifindex();
    namespaceId = near.peerNamespace();
    host.setAlias(nearIfindex, ALIAS);
    silence(ipv6);
    host.setUp(nearIfindex);
    namespace.run(this::furnish);
  }

  /**
   * Makes the pair again if somebody has removed it, as it was: the programs know its ends by their
   * numbers. True if so; its programs are gone then.
   *
   * @param all the host's interfaces
   */
  boolean mend(Collection<Link> all) {
    for (Link link : all) {
      if (link.ifindex() == nearIfindex && link.alias().equals(ALIAS)) {
        if (!link.isUp()) {
          host.setUp(nearIfindex);
        }
        return false;
      }
    }
    inside().delete(farIfindex); // what has been moved to another namespace is still there
    join();
    return true;
  }

  /** The caller holds the lock, so a dae0 of ours is dead, or its namespace is being taken down. */
  private static void removeLeftover(Netlink host) {
    Optional<Link> found = host.link(NEAR);
    if (found.isEmpty()) {
      return;
    }
    Link link = found.get();
    if (!link.alias().equals(ALIAS)) {
      throw new KernelException(
          "there is an interface dae0 which is not gander's; is dae running here? Stop it, or"
              + " remove the interface: ip link delete dae0",
          0);
    }
    host.delete(link.ifindex());
  }

  /** dae0 only carries frames between programs; the host's IPv6 has nothing to say on it. */
  private static void silence(boolean ipv6) {
    if (ipv6) {
      Sysctl.write("net/ipv6/conf/" + NEAR + "/disable_ipv6", "1");
    }
  }

  /** On the namespace's thread. */
  private void furnish() {
    Netlink netlink = inside;
    if (netlink == null) {
      netlink = Netlink.open();
      inside = netlink;
      netlink.setUp(LOOPBACK);
      // Every address is ours for what comes in, and none for what goes out.
      netlink.addInputRule(FAR, TABLE, false);
      netlink.deleteLocalRule();
      if (ipv6) {
        netlink.addInputRule(FAR, TABLE6, true);
      }
    }
    farIfindex = netlink.link(FAR).orElseThrow(Daens::vanished).ifindex();
    setParameters(ipv6);
    // Without neighbours: whom a reply goes to is written by dae0_ingress, and clients on
    // link-local addresses need no discovery either.
    netlink.setUpWithoutNeighbours(farIfindex);
    netlink.addAddress(farIfindex, ADDRESS, 32);
    netlink.addDefaultRoute(farIfindex, GATEWAY); // while its gateway is not an address of ours
    netlink.addLocalDefaultRoute(TABLE, farIfindex, false);
    if (ipv6) {
      netlink.addDefaultRoute(farIfindex, GATEWAY6);
      // Not by loopback: a link-local destination is only found on the interface it came in by.
      netlink.addLocalDefaultRoute(TABLE6, farIfindex, true);
    }
  }

  /** The namespace starts with the host's IPv4 parameters, so what matters is set. */
  private static void setParameters(boolean ipv6) {
    // Replies leave from port 53; the port is ours alone in here, so no capability should be
    // needed.
    Sysctl.write("net/ipv4/ip_unprivileged_port_start", "0");
    TCP_PARAMETERS.forEach(Sysctl::write);
    for (String scope : List.of("all", FAR)) {
      Sysctl.write("net/ipv4/conf/" + scope + "/rp_filter", "0"); // any source comes in by one way
      Sysctl.write("net/ipv4/conf/" + scope + "/accept_local", "1");
      Sysctl.write("net/ipv4/conf/" + scope + "/log_martians", "0");
    }
    if (ipv6) {
      Sysctl.write("net/ipv6/fwmark_reflect", "1");
      for (String scope : List.of("all", "default", FAR)) {
        Sysctl.write("net/ipv6/conf/" + scope + "/disable_ipv6", "0");
      }
      Sysctl.write("net/ipv6/conf/" + FAR + "/accept_dad", "0");
      Sysctl.write("net/ipv6/conf/" + FAR + "/accept_ra", "0");
    }
  }

  NetworkNamespace namespace() {
    return namespace;
  }

  /** dae0, in the host's namespace. */
  int nearIfindex() {
    return nearIfindex;
  }

  /** What the host's namespace calls the listener's, for socket look-ups from there. */
  int namespaceId() {
    return namespaceId;
  }

  /** dae0peer, in the listener's. */
  int farIfindex() {
    return farIfindex;
  }

  /** Speaks for the listener's namespace. */
  Netlink inside() {
    if (inside == null) {
      throw new IllegalStateException("not furnished");
    }
    return inside;
  }

  /** Replies are cut into fragments that fit {@code mtu}, the smallest of the LAN interfaces'. */
  void fit(int mtu) {
    inside().setMtu(farIfindex, Math.max(mtu, MTU_MIN));
  }

  private static KernelException vanished() {
    return new KernelException("the veth pair vanished as soon as it was made", 0);
  }

  /** Removes the pair at once; the namespace goes when the last socket in it is closed. */
  @Override
  public void close() {
    if (nearIfindex != 0) {
      host.delete(nearIfindex);
    }
    if (inside != null) {
      inside.close();
    }
    namespace.close();
  }
}
