package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.dial.Dialer;
import dev.gander.dial.TcpConnection;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.MalformedMessageException;
import dev.gander.message.Query;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Asks by TCP, a connection for each question: two bytes of length before each message (RFC 7766
 * section 8). Each address gets an equal share of the time left.
 */
final class TcpForwarder implements Forwarder {

  private final Servers servers;
  private final Dialer dialer;
  private final Clock clock;
  private final Counters counters;

  TcpForwarder(Servers servers, Dialer dialer, Clock clock, Counters counters) {
    this.servers = servers;
    this.dialer = dialer;
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
    byte[] message = query.toUpstream();
    int id = dialer.messageId();
    byte[] framed = new byte[2 + message.length];
    put16(framed, 0, message.length);
    System.arraycopy(message, 0, framed, 2, message.length);
    put16(framed, 2, id);
    try (TcpConnection connection = dialer.connect(server, deadlineNanos)) {
      connection.write(framed, 0, framed.length, deadlineNanos);
      byte[] length = new byte[2];
      connection.read(length, 0, 2, deadlineNanos);
      byte[] answer = new byte[get16(length, 0)];
      connection.read(answer, 0, answer.length, deadlineNanos);
      return parse(answer, id, query);
    }
  }

  private Answer parse(byte[] message, int id, Query query) throws UpstreamException {
    try {
      if (message.length < 2 || get16(message, 0) != id) {
        throw new MalformedMessageException("the ID is not the question's");
      }
      return Answer.parse(message, 0, message.length, query.question());
    } catch (MalformedMessageException e) {
      throw new UpstreamException(
          ExtendedError.INVALID_DATA,
          "upstream '" + servers.name() + "' sent a malformed answer: " + e.getMessage());
    }
  }

  private static int get16(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
  }

  private static void put16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 8);
    bytes[at + 1] = (byte) value;
  }
}
