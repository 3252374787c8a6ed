package dev.gander.cli;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.daemon.QueryWay;
import dev.gander.encrypted.Handshake;
import dev.gander.encrypted.Sessions;
import dev.gander.proxy.Exit;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/** One question, from its server's name to its answer, over one way out. */
final class QueryJourney {

  /** What came back, from where; and how TLS or QUIC with the server came about, if it did. */
  record Answer(
      ReceivedMessage message,
      QueryExchange.Outcome outcome,
      InetSocketAddress server,
      Optional<Handshake> handshake) {}

  private final Clock clock;
  private final QueryWay way;
  private final Stages stages;
  private final Duration patience;
  private final int tries;

  /**
   * @param stages told of each
   * @param patience for one try
   */
  QueryJourney(Clock clock, QueryWay way, Stages stages, Duration patience, int tries) {
    this.clock = clock;
    this.way = way;
    this.stages = stages;
    this.patience = patience;
    this.tries = tries;
  }

  /**
   * Asks.
   *
   * @param tcp not over UDP first, where it is not encrypted
   * @throws IOException if no answer came, or none that can be read
   */
  Answer ask(QueryServer server, QueryExchange.Ask ask, boolean tcp)
      throws IOException, InterruptedException {
    return server.encrypted()
        ? encrypted(server, server.upstream().orElseThrow(), ask)
        : plain(server, ask, tcp || server.overTcp());
  }

  private Answer plain(QueryServer server, QueryExchange.Ask ask, boolean tcp)
      throws IOException, InterruptedException {
    InetSocketAddress address = resolved(server);
    Exit exit = exit(Stages.ASK);
    QueryExchange exchange = new QueryExchange(clock, exit, address, stages, patience, tries);
    boolean datagrams = !tcp && exit.carriesDatagrams();
    QueryExchange.Outcome outcome = datagrams ? exchange.udp(ask) : exchange.tcp(ask);
    ReceivedMessage message = MessageReader.read(outcome.wire());
    if (message.truncated() && datagrams) {
      outcome = exchange.tcp(ask);
      message = MessageReader.read(outcome.wire());
    }
    return new Answer(message, outcome, address, Optional.empty());
  }

  private Answer encrypted(QueryServer server, Upstream upstream, QueryExchange.Ask ask)
      throws IOException, InterruptedException {
    Sessions sessions = Sessions.of(upstream, exit(Stages.HANDSHAKE), clock);
    InetSocketAddress address = resolved(server);
    EncryptedExchange.Outcome outcome =
        new EncryptedExchange(clock, patience).ask(sessions, address, stages, ask);
    return new Answer(
        MessageReader.read(outcome.answer().wire()),
        outcome.answer(),
        address,
        Optional.of(outcome.handshake()));
  }

  private Exit exit(String then) {
    return way.exit(new WatchedWay(stages, way.hops(), then));
  }

  private InetSocketAddress resolved(QueryServer server) throws IOException {
    stages.enter(Stages.RESOLVE);
    InetSocketAddress address = server.address();
    stages.end();
    return address;
  }
}
