package dev.gander.route;

/**
 * A host name gander itself must resolve, by whose sake it is looked up: {@code sub()}, {@code
 * node()} and {@code subnode()} rules choose the resolver.
 *
 * @param subscription tag of the subscription; empty for a node of the configuration
 * @param node name of the node; empty for a subscription's own server
 */
public record OwnLookup(Kind kind, String subscription, String node) {

  /** What the name belongs to, as the selector functions tell them apart. */
  public enum Kind {
    SUBSCRIPTION,
    NODE,
    SUBSCRIPTION_NODE
  }

  /** The server a subscription is fetched from. */
  public static OwnLookup ofSubscription(String tag) {
    return new OwnLookup(Kind.SUBSCRIPTION, tag, "");
  }

  /** The server of a node of the configuration. */
  public static OwnLookup ofNode(String name) {
    return new OwnLookup(Kind.NODE, "", name);
  }

  /** The server of a node out of a subscription. */
  public static OwnLookup ofSubscriptionNode(String tag, String name) {
    return new OwnLookup(Kind.SUBSCRIPTION_NODE, tag, name);
  }
}
