package dev.gander.forward;

import java.util.List;

/** Where rules send a flow: straight on, nowhere, or through a node of a group. Any thread. */
public interface Outbound {

  /** In the configuration: {@code direct}, {@code block}, a group. */
  String name();

  /**
   * The ways to try, best first; at least one. The next is tried when one fails, or is slow.
   *
   * @throws UpstreamException if there is none, saying why in words for the client
   */
  List<Way> ways(Exits.Flow flow) throws UpstreamException;
}
