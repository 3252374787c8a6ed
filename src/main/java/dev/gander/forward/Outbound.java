package dev.gander.forward;

import java.util.List;

/** Where rules send a flow: straight on, nowhere, or through a node of a group. Any thread. */
public interface Outbound {

  /** In the configuration: {@code direct}, {@code block}, a group. */
  String name();

  /** Whether the next way is tried as soon as one is slow; else when it fails or is silent. */
  boolean hedges();

  /**
   * The ways to try, best first; at least one. After all have failed it may name others.
   *
   * @throws UpstreamException if there is none, saying why in words for the client
   */
  List<Way> ways(Exits.Flow flow) throws UpstreamException;
}
