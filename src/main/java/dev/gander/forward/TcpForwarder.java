package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.message.Answer;
import dev.gander.message.EdnsOptions;
import dev.gander.message.ExtendedError;
import dev.gander.message.MalformedMessageException;
import dev.gander.message.Query;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Asks by TCP, over connections that all questions to a server share (RFC 7766). Each address gets
 * an equal share of the time left.
 */
final class TcpForwarder implements Forwarder {

  private static final byte[] NO_BYTES = {};

  private final Servers servers;
  private final PipelinedServers pipelined;
  private final Clock clock;
  private final Counters counters;

  TcpForwarder(Servers servers, PipelinedServers pipelined, Clock clock, Counters counters) {
    this.servers = servers;
    this.pipelined = pipelined;
    this.clock = clock;
    this.counters = counters;
  }

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    List<InetSocketAddress> addresses = servers.inOrder(deadlineNanos);
    String trouble = "no time was left";
    for (int i = 0; i < addresses.size(); i++) {
      long now = clock.nanoTime();
      long share = Math.max(0, deadlineNanos - now) / (addresses.size() - i);
      try {
        Answer answer = ask(query, addresses.get(i), now + share);
        servers.answered(addresses.get(i));
        return answer;
      } catch (UpstreamException e) {
        throw e;
      } catch (IOException e) {
        trouble = String.valueOf(e.getMessage());
      }
    }
    servers.failed();
    throw new UpstreamException(
        ExtendedError.NETWORK_ERROR, "upstream '" + servers.name() + "' failed: " + trouble);
  }

  /**
   * Asks one server.
   *
   * @throws UpstreamException if what it says is no answer to the question
   * @throws IOException if the connection fails or the time ends
   */
  Answer ask(Query query, InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    counters.add(Counter.UPSTREAM_TCP_ASKED);
    byte[] message = EdnsOptions.with(query.toUpstream(), EdnsOptions.TCP_KEEPALIVE, NO_BYTES);
    byte[] answer = pipelined.to(server).ask(message, deadlineNanos);
    try {
      return Answer.parse(answer, 0, answer.length, query.question());
    } catch (MalformedMessageException e) {
      throw new UpstreamException(
          ExtendedError.INVALID_DATA,
          "upstream '" + servers.name() + "' sent a malformed answer: " + e.getMessage());
    }
  }
}
