package dev.gander.observe;

import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Query;
import dev.gander.message.QueryView;

/**
 * What happens to queries, told as it happens; the default of each is to do nothing. Called on the
 * thread that does the work: an implementation must not block, and in {@link #answeredNow} not
 * allocate.
 */
public interface QueryEvents {

  /** Listens to nothing. */
  QueryEvents NONE = new QueryEvents() {};

  /**
   * A message was dealt with on the thread that read it.
   *
   * @param query reused after the call; of a message that is no query only some fields are set
   * @param client reused after the call
   * @param rcode of the reply; -1 where there is none
   * @param how answered, refused or dropped
   */
  default void answeredNow(QueryView query, Client client, int rcode, Counter how) {}

  /**
   * A query that had to wait has its answer.
   *
   * @param how answered or refused
   * @param from who gave it: an upstream's name, {@code asis}, {@code cache}, {@code rule} or
   *     {@code gander}
   * @param nanos how long the client waited here
   */
  default void answered(Query query, Answer answer, Counter how, String from, long nanos) {}
}
