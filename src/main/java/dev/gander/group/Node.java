package dev.gander.group;

import dev.gander.node.ProxyServer;
import java.util.List;

/**
 * A way out that a configuration names: a proxy server, or several, each reached through the one
 * before it.
 *
 * @param name no other node of the configuration has it
 * @param tag of the subscription that brought it; empty for {@code node}
 * @param hops at least one; this machine connects to the first, the last connects to the target
 */
public record Node(String name, String tag, List<ProxyServer> hops) {

  public Node {
    hops = List.copyOf(hops);
  }

  /** The name. */
  @Override
  public String toString() {
    return name;
  }
}
