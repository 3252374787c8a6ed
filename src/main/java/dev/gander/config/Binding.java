package dev.gander.config;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * What gander's own sockets are bound to.
 *
 * @param device the interface all goes by
 * @param addresses it comes from: one of each family at most; where there is none, routing chooses
 */
public record Binding(Optional<String> device, List<InetAddress> addresses) {

  /** To nothing: the routing table decides. */
  public static final Binding NONE = new Binding(Optional.empty(), List.of());
}
