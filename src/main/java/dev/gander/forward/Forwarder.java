package dev.gander.forward;

import dev.gander.message.Answer;
import dev.gander.message.Query;
import java.io.IOException;

/** One way to ask one upstream. Blocking, for virtual threads; any number of calls at a time. */
sealed interface Forwarder
    permits UdpForwarder, TcpForwarder, UdpThenTcp, MembersInTurn, NotSpoken {

  /**
   * Asks and waits.
   *
   * @param deadlineNanos when to give up, by {@code Clock.nanoTime}
   * @throws UpstreamException saying why there is no answer
   * @throws IOException if the path failed in another way
   * @throws InterruptedException if the thread is interrupted
   */
  Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException;
}
