package dev.gander.daemon;

import dev.gander.config.DnsSettings.Bind;
import dev.gander.local.Designated;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which endpoints of {@code dns.bind} clients are told of, RFC 9462. */
final class Designations {

  private Designations() {}

  /** The encrypted ones with a port and a name, in the order written. */
  static List<Designated> of(List<Bind> binds) {
    List<Designated> all = new ArrayList<>();
    for (Bind bind : binds) {
      Optional<String> name = bind.identity().flatMap(Designations::name);
      // A client that is told for whom a proxy speaks is not one of ours.
      if (name.isPresent() && bind.port() != 0 && bind.proxies().isEmpty()) {
        InetAddress address = InetAddress.ofLiteral(bind.host());
        all.add(
            new Designated(
                name.get(),
                bind.protocol().alpn().getFirst(),
                bind.port(),
                bind.protocol().overHttp() ? Optional.of(bind.path()) : Optional.empty(),
                address.isAnyLocalAddress() ? Optional.empty() : Optional.of(address)));
      }
    }
    return all;
  }

  private static Optional<String> name(Bind.Identity identity) {
    return identity.name().or(() -> identity.pair().names().stream().findFirst());
  }
}
