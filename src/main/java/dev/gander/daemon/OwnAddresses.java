package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.forward.OwnNames;
import dev.gander.group.Node;
import dev.gander.proxy.Lookup;
import dev.gander.route.DnsRouter;
import dev.gander.route.OwnLookup;
import dev.gander.route.RequestRoute;
import dev.gander.subscribe.SubscriptionNames;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Where the servers of nodes and subscriptions live, asked of whom {@code sub()}, {@code node()}
 * and {@code subnode()} rules name. Any thread.
 */
final class OwnAddresses implements SubscriptionNames, AutoCloseable {

  private final DnsRouter router;
  private final OwnNames names;
  private final Clock clock;

  /**
   * @param names becomes this object's
   */
  OwnAddresses(DnsRouter router, OwnNames names, Clock clock) {
    this.router = router;
    this.names = names;
    this.clock = clock;
  }

  /** For the servers of one node. */
  Lookup ofNode(Node node) {
    OwnLookup why =
        node.tag().isEmpty()
            ? OwnLookup.ofNode(node.name())
            : OwnLookup.ofSubscriptionNode(node.tag(), node.name());
    return host -> addressesOf(host, why);
  }

  private CompletableFuture<List<InetAddress>> addressesOf(String host, OwnLookup why) {
    return names.addressesOf(host, router.ownLookup(why).map(RequestRoute.To::upstream));
  }

  @Override
  public List<InetAddress> addressesOf(String host, String tag, long deadlineNanos)
      throws IOException, InterruptedException {
    CompletableFuture<List<InetAddress>> lookup = addressesOf(host, OwnLookup.ofSubscription(tag));
    if (!clock.await(lookup, deadlineNanos)) {
      throw new IOException("no address of " + host + " in time");
    }
    if (lookup.state() != CompletableFuture.State.SUCCESS) {
      throw new IOException("no address of " + host + ": " + lookup.exceptionNow().getMessage());
    }
    return lookup.resultNow();
  }

  @Override
  public void close() {
    names.close();
  }
}
