package dev.gander.forward;

import dev.gander.message.Client;
import java.net.InetSocketAddress;

/**
 * The traffic rules, as far as they concern gander's own questions: by which outbound a server is
 * asked. Any thread; called for each question, so it is cheap.
 */
@FunctionalInterface
public interface Exits {

  /**
   * A question on its way to a server.
   *
   * @param client who asked; nobody is known of it for gander's own questions
   * @param host the server's name in the configuration, or its address
   * @param datagrams whether it goes by UDP, not by TCP
   */
  record Flow(Client client, String host, InetSocketAddress server, boolean datagrams) {}

  /** The outbound of a flow; the same object for the same outbound. */
  Outbound outbound(Flow flow);
}
