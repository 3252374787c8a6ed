package dev.gander.config;

import dev.gander.config.DnsSettings.Bind;
import dev.gander.config.DnsSettings.Upstream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Upstreams that are gander itself: each question would wait for itself until its time is up. What
 * can be seen in the file alone is told; which other addresses this machine has is not known here.
 */
final class Loops {

  private Loops() {}

  static void tell(List<Upstream> upstreams, List<Bind> binds, Problems problems) {
    for (Upstream upstream : upstreams) {
      for (Bind bind : binds) {
        if (bind.port() == upstream.port() && meet(upstream, bind) && reaches(upstream, bind)) {
          problems.error(
              upstream.place(),
              "upstream `" + Text.shortened(upstream.name()) + "` is gander itself, by `dns.bind`",
              "write the address of another server, or another port for one of the two");
          break;
        }
      }
    }
  }

  private static boolean meet(Upstream upstream, Bind bind) {
    return bind.protocol().name().equals(upstream.scheme().name())
        || (isPlain(upstream.scheme().name()) && bind.protocol() == Bind.Protocol.TCP_UDP)
        || (upstream.scheme() == Upstream.Scheme.TCP_UDP && isPlain(bind.protocol().name()));
  }

  private static boolean isPlain(String scheme) {
    return Set.of("UDP", "TCP").contains(scheme);
  }

  private static boolean reaches(Upstream upstream, Bind bind) {
    String host = upstream.host().equals("localhost") ? "127.0.0.1" : upstream.host();
    @Nullable InetAddress there = Addresses.parse(host);
    @Nullable InetAddress here = Addresses.parse(bind.host());
    if (there == null || here == null) {
      return false;
    }
    if (!here.isAnyLocalAddress()) {
      return here.equals(there);
    }
    boolean bothFamilies = !(here instanceof Inet4Address);
    return (there.isLoopbackAddress() || there.isAnyLocalAddress())
        && (bothFamilies || there instanceof Inet4Address);
  }
}
