package dev.gander.forward;

import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Query;
import java.io.IOException;

/**
 * The servers that know. Blocking, for virtual threads; any number of calls at a time. An answer
 * returned is to the question asked (see {@link Answer#parse}) and complete, unless no transport
 * gave a complete one.
 */
public interface Upstreams {

  /**
   * What came back, and from whom.
   *
   * @param by the upstream's name, of a group its member's; {@code asis} if the client's own server
   */
  record Reply(Answer answer, String by) {}

  /**
   * Asks an upstream or upstream group.
   *
   * @param upstream its name in the configuration
   * @param deadlineNanos when to give up, by {@code Clock.nanoTime}
   * @throws UpstreamException saying why there is no answer, in words for the client
   * @throws IOException if the path failed in another way
   * @throws InterruptedException if the thread is interrupted: the generation ends
   */
  Reply ask(Query query, String upstream, long deadlineNanos)
      throws IOException, InterruptedException;

  /**
   * Asks the very server the client asked, {@code query.client().asked()}.
   *
   * @param deadlineNanos when to give up, by {@code Clock.nanoTime}
   * @throws UpstreamException saying why there is no answer, in words for the client
   * @throws IOException if the path failed in another way
   * @throws InterruptedException if the thread is interrupted: the generation ends
   */
  Answer askAsIs(Query query, long deadlineNanos) throws IOException, InterruptedException;

  /**
   * By which outbounds an upstream or group is asked for this client, response rules' upstreams
   * with it: empty where all clients' questions take the same. Allocates nothing as a rule.
   */
  default String exits(Client client, String upstream) {
    return "";
  }

  /** The same of the server that the client asked. */
  default String exitsAsIs(Client client) {
    return "";
  }
}
