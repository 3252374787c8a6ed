package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.dial.UdpExchange;
import dev.gander.dial.UdpExchange.Outcome;
import dev.gander.message.Answer;
import dev.gander.message.EdnsOptions;
import dev.gander.message.ExtendedError;
import dev.gander.message.MalformedMessageException;
import dev.gander.message.Query;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One question by UDP to the addresses of one upstream: the first is asked, after the time in which
 * it should have answered the next, after the last the first again; the answer to any try counts.
 * On the asker's thread; used once.
 */
final class UdpQuestion implements AutoCloseable {

  /** How often every address may refuse before the question fails; once more than a restart. */
  private static final int ROUNDS = 2;

  private static final long MOST_WAIT_NANOS = 2_000_000_000L;

  /** Waits are longer by up to an eighth, so that questions do not keep step. */
  private static final int JITTER = 8;

  /** What a server said. */
  record Said(InetSocketAddress server, Answer answer) {}

  private final Servers servers;
  private final UdpExchange udp;
  private final Clock clock;
  private final Counters counters;
  private final Query query;
  private final InetSocketAddress first;

  private final List<InetSocketAddress> all;

  /** When each of {@link #all} was first asked; 0 if it has not been. */
  private final long[] sentNanos;

  /** Those that have not said that they cannot help. */
  private final List<InetSocketAddress> left;

  private final boolean mixCase;
  private UdpExchange.Asking asking;
  private boolean withEdns;
  private int turn;
  private int refusals;
  private boolean miscased;
  private @Nullable Said unhelpful;

  /** Sends nothing yet. */
  UdpQuestion(
      Servers servers,
      List<InetSocketAddress> addresses,
      UdpExchange udp,
      boolean mixCase,
      Clock clock,
      Counters counters,
      Query query) {
    this.servers = servers;
    this.udp = udp;
    this.clock = clock;
    this.counters = counters;
    this.query = query;
    all = addresses;
    sentNanos = new long[addresses.size()];
    left = new ArrayList<>(addresses);
    first = addresses.getFirst();
    ServerMemory memory = servers.memory(first);
    long now = clock.nanoTime();
    withEdns = !memory.isWithoutEdns(now);
    this.mixCase = mixCase && memory.repeatsCase(now);
    byte[] message = query.toUpstream();
    asking = udp.begin(withEdns ? message : EdnsOptions.withoutOpt(message), this.mixCase);
  }

  /**
   * Asks each address so many times at most.
   *
   * @return what was said; null if nothing was in that time, or what came is in other letters
   * @throws UpstreamException if every address refuses to be sent to
   */
  @Nullable Said ask(int rounds, long untilNanos) throws UpstreamException, InterruptedException {
    return ask(rounds, true, untilNanos);
  }

  /** Goes on asking: there is no other way. What comes in other letters is but a stray. */
  @Nullable Said goOn(long untilNanos) throws UpstreamException, InterruptedException {
    return ask(Integer.MAX_VALUE, false, untilNanos);
  }

  private @Nullable Said ask(int rounds, boolean lettersCount, long untilNanos)
      throws UpstreamException, InterruptedException {
    miscased = false;
    while (clock.nanoTime() < untilNanos && turn < (long) rounds * left.size() && !miscased) {
      InetSocketAddress server = left.get(turn % left.size());
      long until = Math.min(untilNanos, clock.nanoTime() + waitNanos(server));
      Outcome outcome = sendAndAwait(server, until);
      while (outcome instanceof Outcome.Miscased && !lettersCount) {
        outcome = asking.await(until);
      }
      if (outcome instanceof Outcome.Refused refused) {
        outcome = afterRefusal(refused, until);
      }
      switch (outcome) {
        case Outcome.Answered answered -> {
          Said said = hear(answered);
          if (said != null) {
            return said;
          }
        }
        case Outcome.Nothing(), Outcome.Refused(var _, var _) -> turn++;
        case Outcome.Miscased(var _) -> miscased = true;
      }
    }
    return null;
  }

  /** Whether {@link #ask} ended because of an answer in other letters. */
  boolean miscased() {
    return miscased;
  }

  /** No letters are mixed for this upstream's first server for a while: it changes them. */
  void repeatsInAnyCase() {
    servers.memory(first).repeatsInAnyCase(clock.nanoTime());
  }

  private long waitNanos(InetSocketAddress server) {
    long patience = servers.memory(server).patienceNanos();
    long wait = Math.min(MOST_WAIT_NANOS, patience << Math.min(turn / left.size(), 8));
    return wait + wait / JITTER * udp.chance() / 0x10000;
  }

  private Outcome sendAndAwait(InetSocketAddress server, long untilNanos)
      throws InterruptedException {
    counters.add(turn == 0 ? Counter.UPSTREAM_UDP_SENT : Counter.UPSTREAM_UDP_RETRANSMITS);
    int place = all.indexOf(server);
    if (sentNanos[place] == 0) {
      sentNanos[place] = clock.nanoTime();
    }
    try {
      asking.send(server);
    } catch (IOException e) {
      return new Outcome.Refused(server, e);
    }
    return asking.await(untilNanos);
  }

  /** On to the next address at once; where all have refused the usual time must pass. */
  private Outcome afterRefusal(Outcome.Refused refused, long untilNanos)
      throws UpstreamException, InterruptedException {
    refusals++;
    if (refusals >= ROUNDS * left.size()) {
      throw new UpstreamException(
          ExtendedError.NETWORK_ERROR,
          "upstream '" + servers.name() + "' is not to be had: " + refused.why().getMessage());
    }
    Outcome outcome = refused;
    while (outcome instanceof Outcome.Refused && refusals % left.size() == 0) {
      outcome = asking.await(untilNanos);
    }
    return outcome;
  }

  /** What was said, if it helps or nobody is left who might; null if the question goes on. */
  private @Nullable Said hear(Outcome.Answered answered) throws UpstreamException {
    InetSocketAddress server = answered.server();
    Answer answer = parse(answered.message());
    ServerMemory memory = servers.memory(server);
    memory.answered(clock.nanoTime() - sentNanos[all.indexOf(server)]);
    switch (Reaction.to(answer.rcode(), withEdns)) {
      case TAKE -> {
        if (!withEdns) {
          memory.knowsNoEdns(clock.nanoTime());
        }
        return new Said(server, answer);
      }
      case ASK_WITHOUT_EDNS -> {
        counters.add(Counter.UPSTREAM_WITHOUT_EDNS);
        withEdns = false;
        asking.close();
        asking = udp.begin(EdnsOptions.withoutOpt(query.toUpstream()), mixCase);
      }
      case ASK_ANOTHER -> {
        unhelpful = new Said(server, answer);
        left.remove(server);
        if (left.isEmpty()) {
          return unhelpful;
        }
        counters.add(Counter.UPSTREAM_UNHELPFUL);
      }
    }
    return null;
  }

  /** The last word of a server that could not help. */
  @Nullable Said unhelpful() {
    return unhelpful;
  }

  private Answer parse(byte[] message) throws UpstreamException {
    try {
      return Answer.parse(message, 0, message.length, query.question());
    } catch (MalformedMessageException e) {
      throw new UpstreamException(
          ExtendedError.INVALID_DATA,
          "upstream '" + servers.name() + "' sent a malformed answer: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    asking.close();
  }
}
