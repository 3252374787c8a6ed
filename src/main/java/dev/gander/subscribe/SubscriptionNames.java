package dev.gander.subscribe;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/** Looks up the names of subscriptions' servers, as {@code sub()} rules say. Any thread. */
@FunctionalInterface
public interface SubscriptionNames {

  /**
   * The addresses of a host; may block.
   *
   * @param tag the subscription's, empty where it has none
   * @param deadlineNanos by the room's clock
   * @throws IOException if there are none
   */
  List<InetAddress> addressesOf(String host, String tag, long deadlineNanos)
      throws IOException, InterruptedException;
}
