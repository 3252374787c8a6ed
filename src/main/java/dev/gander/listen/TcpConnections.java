package dev.gander.listen;

import dev.gander.clock.Clock;
import dev.gander.controller.QueryController;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The open connections of one TCP listener: at most so many, none silent for longer than allowed.
 */
final class TcpConnections {

  private static final System.Logger LOG = System.getLogger("dev.gander.listen");

  private final Limits limits;
  private final @Nullable IdentitySource identities;
  private final Desk desk;
  private final Counters counters;
  private final Clock clock;
  private final Set<TcpConnection> open = ConcurrentHashMap.newKeySet();
  private final ClientBounds bounds;

  /**
   * @param identities what knows more of clients, or null where nothing need be known
   */
  TcpConnections(
      Limits limits,
      @Nullable IdentitySource identities,
      Supplier<QueryController> controllers,
      Counters counters,
      Clock clock) {
    this.limits = limits;
    this.identities = identities;
    desk = new Desk(controllers, true);
    this.counters = counters;
    this.clock = clock;
    bounds = new ClientBounds(limits.connections(), limits.ofOneClient());
  }

  /** Serves the client on a virtual thread of its own; closes it at once beyond the bounds. */
  void accepted(SocketChannel channel) {
    TcpConnection connection;
    try {
      connection = new TcpConnection(channel, this, limits.inFlight(), desk, counters, clock);
    } catch (IOException e) {
      close(channel); // gone before it was here
      return;
    }
    if (identities != null && !connection.identify(identities)) {
      counters.add(Counter.TCP_CONNECTIONS_REFUSED);
      connection.close();
      return;
    }
    ClientBounds.Verdict verdict = bounds.enter(connection.client());
    if (verdict != ClientBounds.Verdict.WELCOME) {
      counters.add(
          verdict == ClientBounds.Verdict.FULL
              ? Counter.TCP_CONNECTIONS_REFUSED
              : Counter.TCP_CONNECTIONS_OF_CLIENT_REFUSED);
      connection.close();
      return;
    }
    open.add(connection);
    Thread.ofVirtual().name("gander-tcp").start(connection::run);
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, () -> "closing a connection: " + e.getMessage());
    }
  }

  void ended(TcpConnection connection) {
    if (open.remove(connection)) {
      bounds.left(connection.client());
    }
  }

  int count() {
    return open.size();
  }

  /** How long a connection may be silent now. */
  Duration idle() {
    int half = limits.connections() / 2;
    int beyond = Math.clamp(open.size() - half, 0, half);
    long tenths = half == 0 ? 10 : 10 - 9L * beyond / half;
    return limits.idle().multipliedBy(tenths).dividedBy(10);
  }

  /** That in tenths of a second, as RFC 7828 has it. */
  int idleTenths() {
    return (int) (idle().toMillis() / 100);
  }

  /** Cuts those that have been silent, or have not read our replies, for too long. */
  void sweep() {
    long limit = clock.nanoTime() - idle().toNanos();
    for (TcpConnection connection : open) {
      if (connection.silentSince(limit)) {
        counters.add(Counter.TCP_CONNECTIONS_CUT);
        connection.close();
      }
    }
  }

  /** No connection takes more queries; each closes after its last reply. */
  void drain() {
    open.forEach(TcpConnection::stopReading);
  }
}
