package dev.gander.group;

import java.io.IOException;

/** Asks one thing through one node. */
interface Prober {

  /**
   * Blocks until it is answered.
   *
   * @param deadlineNanos by the room's clock
   * @return what it took, nanoseconds
   * @throws IOException if it was not, saying why without secrets
   */
  long probe(Node node, Probe probe, long deadlineNanos) throws IOException, InterruptedException;
}
