package dev.gander.cache;

import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Request;

/**
 * Hears which answers are worth having nearer to the clients: in the kernel, say. Any thread, the
 * readers' too: must not block, nor allocate in {@link #answered} and {@link #settled}. Times are
 * {@code Clock.nanoTime}; failures are never told, nor what is kept for names below another.
 */
public interface AnswerSink {

  /** Hears nothing. */
  AnswerSink NONE = new AnswerSink() {};

  /**
   * A query has been answered from this entry, fresh or stale.
   *
   * @param key valid during the call only
   * @param storedNanos when it was kept: TTLs count from here
   * @param endNanos when its TTL is over
   * @param staleEndNanos until when it may be given at once after its end; {@code endNanos} if not
   *     at all
   */
  default void answered(
      Request query,
      Client client,
      CacheKey key,
      Answer answer,
      long storedNanos,
      long endNanos,
      long staleEndNanos) {}

  /**
   * The flight a query waited for has brought this entry: it has been asked for once, and may never
   * be again. Parameters as for {@link #answered}.
   */
  default void landed(
      Request query,
      Client client,
      CacheKey key,
      Answer answer,
      long storedNanos,
      long endNanos,
      long staleEndNanos) {}

  /**
   * A client has got this answer, which is not one for the others, or did not come by a way that
   * the kernel answers on.
   */
  default void told(Request query, Client client, Answer answer, long endNanos) {}

  /** Whether {@link #told} does anything now. */
  default boolean isLearning() {
    return false;
  }

  /**
   * A request rule or a name of hosts has this answer, for any client of its class, until those
   * change.
   */
  default void settled(Request query, Client client, Answer answer) {}

  /** Another answer is now under {@code key}: a flight, a refresh or a prefetch has landed. */
  default void replaced(
      CacheKey key, Answer answer, long storedNanos, long endNanos, long staleEndNanos) {}

  /** {@code key} has left the cache because it is full. */
  default void removed(CacheKey key) {}
}
