package dev.gander.controller;

import dev.gander.config.DnsSettings;
import dev.gander.local.PrivateAddresses;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.Rcode;
import dev.gander.route.RequestRoute;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code rebind_protection}: a public name must not lead a browser to this network's own machines.
 * Who may name private addresses: upstreams with a private address, for names that a rule sends
 * there. Any thread.
 */
final class RebindProtection {

  /** What clients get instead. */
  static final Answer INSTEAD =
      Answer.negative(
          Rcode.NOERROR,
          Rejection.TTL_SECONDS,
          ExtendedError.BLOCKED,
          "rebind_protection: a private address in the answer; a rule may allow the name");

  private final Set<String> inside = new HashSet<>();

  private RebindProtection(DnsSettings settings) {
    settings.upstreams().stream()
        .filter(it -> isPrivate(it.host()))
        .forEach(it -> inside.add(it.name()));
    settings.upstreamGroups().stream()
        .filter(it -> inside.containsAll(it.upstreams()))
        .forEach(it -> inside.add(it.name()));
  }

  /** The protection of a configuration; null if it wants none. */
  static @Nullable RebindProtection of(DnsSettings settings) {
    return settings.rebindProtection() ? new RebindProtection(settings) : null;
  }

  private static boolean isPrivate(String host) {
    try {
      return PrivateAddresses.contain(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException e) {
      return false; // a name: where it leads is the public's word
    }
  }

  /** Whether private addresses are in order on this route. */
  boolean trusts(RequestRoute route, Client client) {
    return route.named()
        && switch (route) {
          case RequestRoute.Reject _ -> false;
          case RequestRoute.AsIs _ ->
              PrivateAddresses.contain(client.askedHigh(), client.askedLow());
          case RequestRoute.To to -> inside.contains(to.upstream());
        };
  }

  /** Whether the answer holds a private address, as a record or as a hint. */
  boolean objects(Answer answer) {
    return answer.anyAddress(PrivateAddresses::contain)
        || answer.anyHint(PrivateAddresses::contain);
  }
}
