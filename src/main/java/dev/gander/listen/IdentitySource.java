package dev.gander.listen;

import dev.gander.message.Client;

/** What the datapath knows of a client beyond its addresses. */
@FunctionalInterface
public interface IdentitySource {

  /** Knows nothing. */
  IdentitySource NONE = (receivedMark, client) -> {};

  /**
   * Sets the client's mark (which its reply bears) and all else that is known. Called by the thread
   * that read the query, for each one, or accepted the connection: must not block, should not
   * allocate.
   *
   * @param receivedMark the mark of the query's packet, 0 where the kernel does not tell it, as for
   *     connections
   * @param client its addresses are set already
   */
  void identify(int receivedMark, Client client);
}
