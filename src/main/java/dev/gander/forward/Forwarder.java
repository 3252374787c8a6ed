package dev.gander.forward;

import dev.gander.message.Answer;
import dev.gander.message.Query;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * One way to ask one upstream. Any number of calls at a time, on any thread, best virtual ones: a
 * call blocks the thread that makes it, and uses no other to bring the answer back.
 */
public interface Forwarder extends AutoCloseable {

  /**
   * Asks and waits.
   *
   * <p><b>What comes back</b> is what the upstream says of {@code query.question()}, checked by
   * {@link Answer#parse}; whatever its RCODE: SERVFAIL is an answer and is returned. It is whole
   * (TC clear), unless no transport of this upstream gives a whole one.
   *
   * <p><b>When:</b> by {@code deadlineNanos} at the latest, and before it as soon as it is clear
   * that no answer will come. A deadline that has passed fails at once.
   *
   * <p><b>Interrupting</b> the thread gives the question up: what it held (message ID, stream,
   * place on a connection) is free again before the exception leaves. A connection that others use
   * too stays.
   *
   * @param deadlineNanos when to give up, by {@code Clock.nanoTime}
   * @throws UpstreamException saying why there is no answer, in words for the client that name the
   *     upstream
   * @throws IOException if the path failed in another way
   * @throws InterruptedException if the thread is interrupted
   */
  Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException;

  /**
   * How long a question may wait for a server that has ended its connections and may be coming
   * back; zero where none is waited for. Only silence beyond it means that there is nobody.
   */
  default Duration grace() {
    return Duration.ZERO;
  }

  /**
   * Whether a question would leave now: false while a server that has ended its connections is
   * waited for. What is asked then waits, too, up to {@link #grace}. Does not block.
   */
  default boolean ready() {
    return true;
  }

  /**
   * Makes what outlives a call before it is needed, such as connections. Does not block.
   *
   * @param sick told, on any thread, if it shows that questions will fail until somebody mends it
   */
  default void warmUp(Consumer<UpstreamException> sick) {}

  /** Lets go of what outlives a call, such as connections. Calls under way fail. Again: nothing. */
  @Override
  default void close() {}
}
