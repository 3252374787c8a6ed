package dev.gander.route;

/**
 * A host name gander itself must resolve, by whose sake it is looked up: {@code sub()}, {@code
 * node()} and {@code subnode()} rules choose the resolver.
 *
 * @param name the subscription's tag; the node's name
 */
public record OwnLookup(Kind kind, String name) {

  /** What the name belongs to, as the selector functions tell them apart. */
  public enum Kind {
    /** The server a subscription is fetched from; named by the subscription's tag. */
    SUBSCRIPTION,
    /** The server of a node of the configuration; named by the node's name. */
    NODE,
    /** The server of a node out of a subscription; named by the subscription's tag. */
    SUBSCRIPTION_NODE
  }
}
