package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.dial.UdpExchange;
import dev.gander.dial.UdpExchange.Outcome;
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
 * Asks by UDP until an answer comes or the budget ends, each time the next of the upstream's
 * addresses; the answer to any of the tries counts. What comes truncated is asked again by TCP.
 */
final class UdpForwarder implements Forwarder {

  /** How often every address may refuse before the question fails; once more than a restart. */
  private static final int ROUNDS = 2;

  private final Servers servers;
  private final UdpExchange udp;
  private final TcpForwarder tcp;
  private final Clock clock;
  private final Counters counters;

  /**
   * @param tcp the way for answers that are too long, to the same servers
   */
  UdpForwarder(Servers servers, UdpExchange udp, TcpForwarder tcp, Clock clock, Counters counters) {
    this.servers = servers;
    this.udp = udp;
    this.tcp = tcp;
    this.clock = clock;
    this.counters = counters;
  }

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    List<InetSocketAddress> addresses = servers.inOrder(deadlineNanos);
    Outcome.Answered answered;
    try (UdpExchange.Asking asking = udp.begin(query.toUpstream())) {
      answered = askInTurn(asking, addresses, deadlineNanos);
    } catch (UpstreamException e) {
      servers.failed();
      throw e;
    }
    servers.answered(answered.server());
    Answer answer = parse(answered, query);
    return answer.truncated() ? whole(answer, answered.server(), query, deadlineNanos) : answer;
  }

  private Outcome.Answered askInTurn(
      UdpExchange.Asking asking, List<InetSocketAddress> addresses, long deadlineNanos)
      throws UpstreamException, InterruptedException {
    Retransmits retransmits = new Retransmits();
    long until = clock.nanoTime() + retransmits.next();
    int refusals = 0;
    for (int turn = 0; clock.nanoTime() < deadlineNanos; turn++) {
      InetSocketAddress server = addresses.get(turn % addresses.size());
      counters.add(turn == 0 ? Counter.UPSTREAM_UDP_SENT : Counter.UPSTREAM_UDP_RETRANSMITS);
      Outcome outcome = sendAndAwait(asking, server, Math.min(until, deadlineNanos));
      if (outcome instanceof Outcome.Refused refused) {
        refusals++;
        if (refusals >= ROUNDS * addresses.size()) {
          throw refused(refused.why());
        }
        if (refusals % addresses.size() == 0) {
          // All have refused: there is nobody to turn to, so the usual time must pass.
          outcome = awaitAnswer(asking, Math.min(until, deadlineNanos));
        }
      }
      switch (outcome) {
        case Outcome.Answered answered -> {
          return answered;
        }
        case Outcome.Nothing() -> until = clock.nanoTime() + retransmits.next();
        case Outcome.Refused(var _, var _) -> {
          // On to the next address, at once.
        }
      }
    }
    throw new UpstreamException(
        ExtendedError.NO_REACHABLE_AUTHORITY,
        "upstream '" + servers.name() + "' did not answer in time");
  }

  private static Outcome sendAndAwait(
      UdpExchange.Asking asking, InetSocketAddress server, long untilNanos)
      throws InterruptedException {
    try {
      asking.send(server);
    } catch (IOException e) {
      return new Outcome.Refused(server, e);
    }
    return asking.await(untilNanos);
  }

  /** Waits out the time whatever is refused meanwhile. */
  private static Outcome awaitAnswer(UdpExchange.Asking asking, long untilNanos)
      throws InterruptedException {
    Outcome outcome = asking.await(untilNanos);
    while (outcome instanceof Outcome.Refused) {
      outcome = asking.await(untilNanos);
    }
    return outcome;
  }

  private UpstreamException refused(IOException why) {
    return new UpstreamException(
        ExtendedError.NETWORK_ERROR,
        "upstream '" + servers.name() + "' is not to be had: " + why.getMessage());
  }

  private Answer parse(Outcome.Answered answered, Query query) throws UpstreamException {
    byte[] message = answered.message();
    try {
      return Answer.parse(message, 0, message.length, query.question());
    } catch (MalformedMessageException e) {
      throw new UpstreamException(
          ExtendedError.INVALID_DATA,
          "upstream '" + servers.name() + "' sent a malformed answer: " + e.getMessage());
    }
  }

  /** The answer by TCP; if there is none to be had, the one that was cut, which says that it is. */
  private Answer whole(Answer cut, InetSocketAddress server, Query query, long deadlineNanos)
      throws InterruptedException {
    try {
      return tcp.ask(query, server, deadlineNanos);
    } catch (IOException e) {
      return cut;
    }
  }

  @Override
  public void close() {
    tcp.close();
  }
}
