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

  /** Whether rules ask about clients at all. */
  default boolean askAboutClients() {
    return false;
  }

  /** Whether flows to this server leave by other outbounds for other clients. */
  default boolean tellClientsApart(Flow flow) {
    return false;
  }

  /** Name of the outbound of a flow like this one, of another client. Allocates nothing. */
  default String nameFor(Client client, Flow like) {
    return outbound(new Flow(client, like.host(), like.server(), like.datagrams())).name();
  }

  /** Name of the outbound of a question to the server that the client asked. Allocates nothing. */
  default String nameForAsked(Client client) {
    return outbound(new Flow(client, "", client.asked(), true)).name();
  }
}
