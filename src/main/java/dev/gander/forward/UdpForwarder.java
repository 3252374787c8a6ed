package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.dial.UdpExchange;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks by UDP, and by TCP what UDP does not bring: answers that come truncated or in other letters,
 * and those of servers that are silent by UDP.
 */
final class UdpForwarder implements Forwarder {

  /** Tries at each address before TCP: a lossy path needs the second or third. */
  private static final int TRIES = 4;

  /** The part of the time after which TCP is tried, however few tries that was. */
  private static final int SHARE = 3;

  /** Nothing heard by UDP for so long, and an answer by TCP: UDP does not get through. */
  private static final Duration DEAF = Duration.ofSeconds(5);

  /** How long TCP is then tried first. */
  static final Duration SILENT = Duration.ofMinutes(1);

  private final Servers servers;
  private final UdpExchange udp;
  private final TcpForwarder tcp;
  private final boolean mixCase;
  private final Clock clock;
  private final Counters counters;
  private volatile long tcpFirstUntil;
  private volatile long lastHeardNanos;

  /**
   * @param tcp the other way, to the same servers
   * @param mixCase {@code 0x20}: letters go out in either case by chance and must come back so
   */
  UdpForwarder(
      Servers servers,
      UdpExchange udp,
      TcpForwarder tcp,
      boolean mixCase,
      Clock clock,
      Counters counters) {
    this.servers = servers;
    this.udp = udp;
    this.tcp = tcp;
    this.mixCase = mixCase;
    this.clock = clock;
    this.counters = counters;
    tcpFirstUntil = clock.nanoTime();
    lastHeardNanos = tcpFirstUntil - DEAF.toNanos() - 1;
  }

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    List<InetSocketAddress> addresses = servers.inOrder(deadlineNanos);
    boolean tcpFirst = tcpFirstUntil - clock.nanoTime() > 0;
    Answer answer = tcpFirst ? byTcp(query, deadlineNanos) : null;
    if (answer == null) {
      try (UdpQuestion question =
          new UdpQuestion(servers, addresses, udp, mixCase, clock, counters, query)) {
        answer = ask(question, query, deadlineNanos);
      } catch (UpstreamException e) {
        servers.failed();
        throw e;
      }
    }
    Reaction.mustNotBeAboutOurHop(answer.rcode(), servers.name());
    return answer;
  }

  private Answer ask(UdpQuestion question, Query query, long deadlineNanos)
      throws IOException, InterruptedException {
    UdpQuestion.Said said = firstTries(question, deadlineNanos);
    if (said == null) {
      counters.add(Counter.UPSTREAM_UDP_SILENT);
      Answer other = byTcp(query, deadlineNanos);
      if (other != null) {
        learn(question);
        return other;
      }
      said = question.goOn(deadlineNanos);
    }
    if (said == null) {
      said = question.unhelpful();
    }
    if (said == null) {
      throw new UpstreamException(
          ExtendedError.NO_REACHABLE_AUTHORITY,
          "upstream '" + servers.name() + "' did not answer in time");
    }
    servers.answered(said.server());
    lastHeardNanos = clock.nanoTime();
    Answer answer = said.answer();
    return answer.truncated() ? whole(answer, said.server(), query, deadlineNanos) : answer;
  }

  /** Null, too, if all refuse, or send what cannot be read: TCP may do better. */
  private UdpQuestion.@Nullable Said firstTries(UdpQuestion question, long deadlineNanos)
      throws InterruptedException {
    long now = clock.nanoTime();
    try {
      return question.ask(TRIES, now + Math.max(0, deadlineNanos - now) / SHARE);
    } catch (UpstreamException e) {
      return null;
    }
  }

  /** In half of the time that is left; null if nothing comes. */
  private @Nullable Answer byTcp(Query query, long deadlineNanos) throws InterruptedException {
    long now = clock.nanoTime();
    try {
      return tcp.forward(query, now + Math.max(0, deadlineNanos - now) / 2);
    } catch (IOException e) {
      return null;
    }
  }

  /** TCP has brought what UDP did not. One unlucky question says nothing of the path. */
  private void learn(UdpQuestion question) {
    long now = clock.nanoTime();
    if (question.miscased()) {
      question.repeatsInAnyCase();
    } else if (now - lastHeardNanos > DEAF.toNanos()) {
      tcpFirstUntil = now + SILENT.toNanos();
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
