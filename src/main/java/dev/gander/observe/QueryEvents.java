package dev.gander.observe;

import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Query;
import dev.gander.message.QueryView;

/**
 * What happens to queries, told as it happens; the default of each is to do nothing. Called on the
 * thread that does the work: an implementation must not block, and in {@link #hit} not allocate.
 */
public interface QueryEvents {

  /** Listens to nothing. */
  QueryEvents NONE = new QueryEvents() {};

  /** The cache answered at once. Both arguments are reused after the call. */
  default void hit(QueryView query, Client client) {}

  /**
   * A query that was not answered at once has its answer.
   *
   * @param from who gave it: an upstream's name, {@code asis}, {@code cache}, {@code rule} or
   *     {@code gander}
   * @param nanos how long the client waited here
   */
  default void answered(Query query, Answer answer, String from, long nanos) {}
}
