package dev.gander.group;

import dev.gander.proxy.Exit;

/** Who makes the ways through nodes. Any thread. */
@FunctionalInterface
public interface NodeExits {

  /** The way through all hops of {@code node}; the same object for the same node. */
  Exit through(Node node);
}
