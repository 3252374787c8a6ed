package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.message.Answer;
import dev.gander.message.EdnsOptions;
import dev.gander.message.ExtendedError;
import dev.gander.message.MalformedMessageException;
import dev.gander.message.Query;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.proxy.HappyEyeballs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks by TCP, over connections that all questions to a server share (RFC 7766). Of several
 * addresses the first to take a connection is asked first (RFC 8305), the others in turn; each but
 * the last has a second at most.
 */
final class TcpForwarder implements Forwarder {

  private static final byte[] NO_BYTES = {};

  /** How long an address may keep the next one waiting. */
  private static final Duration TURN = Duration.ofSeconds(1);

  private final Servers servers;
  private final PipelinedServers pipelined;
  private final Clock clock;
  private final Counters counters;

  /** Whom it asked last. */
  private volatile @Nullable PipelinedServer asked;

  TcpForwarder(Servers servers, PipelinedServers pipelined, Clock clock, Counters counters) {
    this.servers = servers;
    this.pipelined = pipelined;
    this.clock = clock;
    this.counters = counters;
  }

  @Override
  public Duration grace() {
    return Restart.LONGEST;
  }

  @Override
  public boolean ready() {
    PipelinedServer last = asked;
    return last == null || !last.isWaitedFor();
  }

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    List<InetSocketAddress> addresses = standing(servers.inOrder(deadlineNanos), deadlineNanos);
    IOException trouble = new SocketTimeoutException("no time was left");
    Answer unhelpful = null;
    for (int i = 0; i < addresses.size(); i++) {
      long now = clock.nanoTime();
      long share = Math.max(0, deadlineNanos - now) / (addresses.size() - i);
      boolean last = i == addresses.size() - 1;
      try {
        long until = now + (last ? share : Math.min(share, TURN.toNanos()));
        Answer answer = ask(query, addresses.get(i), until);
        servers.answered(addresses.get(i));
        if (Reaction.to(answer.rcode(), false) == Reaction.TAKE) {
          return answer;
        }
        unhelpful = answer;
      } catch (UpstreamException e) {
        throw e;
      } catch (IOException e) {
        trouble = e;
      }
    }
    if (unhelpful != null) {
      Reaction.mustNotBeAboutOurHop(unhelpful.rcode(), servers.name());
      return unhelpful;
    }
    servers.failed();
    throw failed(trouble);
  }

  /** The address that takes a connection first in front; as they are where the first has one. */
  private List<InetSocketAddress> standing(List<InetSocketAddress> all, long deadlineNanos)
      throws IOException, InterruptedException {
    if (all.size() == 1 || pipelined.to(all.getFirst()).isConnected()) {
      return all;
    }
    CompletableFuture<InetSocketAddress> race =
        HappyEyeballs.race(all, clock, it -> pipelined.to(it).connected(), _ -> {});
    try {
      boolean stands = clock.await(race, deadlineNanos);
      if (!stands || race.state() != CompletableFuture.State.SUCCESS) {
        servers.failed();
        throw noConnection(
            stands ? race.exceptionNow() : new SocketTimeoutException("no time was left"));
      }
      List<InetSocketAddress> ordered = new ArrayList<>(all);
      ordered.remove(race.resultNow());
      ordered.addFirst(race.resultNow());
      return ordered;
    } finally {
      race.cancel(false);
    }
  }

  private UpstreamException noConnection(Throwable failure) {
    return failed(
        failure instanceof CompletionException e && e.getCause() != null ? e.getCause() : failure);
  }

  private UpstreamException failed(Throwable why) {
    ExtendedError error =
        switch (why) {
          case SocketTimeoutException _ -> ExtendedError.NO_REACHABLE_AUTHORITY;
          case Pipeline.EndedException e -> e.error;
          default -> ExtendedError.NETWORK_ERROR;
        };
    return new UpstreamException(
        error, "upstream '" + servers.name() + "' failed: " + why.getMessage());
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
    ServerMemory memory = servers.memory(server);
    PipelinedServer over = pipelined.to(server);
    asked = over;
    byte[] message = query.toUpstream();
    byte[] plain = EdnsOptions.withoutOpt(message);
    if (!memory.isWithoutEdns(clock.nanoTime())) {
      message = EdnsOptions.with(message, EdnsOptions.TCP_KEEPALIVE, NO_BYTES);
      Answer answer = parse(over.ask(message, deadlineNanos), query);
      if (Reaction.to(answer.rcode(), true) != Reaction.ASK_WITHOUT_EDNS) {
        return answer;
      }
      counters.add(Counter.UPSTREAM_WITHOUT_EDNS);
    }
    Answer answer = parse(over.ask(plain, deadlineNanos), query);
    if (Reaction.to(answer.rcode(), false) == Reaction.TAKE) {
      memory.knowsNoEdns(clock.nanoTime());
    }
    return answer;
  }

  private Answer parse(byte[] answer, Query query) throws UpstreamException {
    try {
      return Answer.parse(answer, 0, answer.length, query.question());
    } catch (MalformedMessageException e) {
      throw new UpstreamException(
          ExtendedError.INVALID_DATA,
          "upstream '" + servers.name() + "' sent a malformed answer: " + e.getMessage());
    }
  }
}
