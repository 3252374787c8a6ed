package dev.gander.dial;

import dev.gander.clock.Clock;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Direct paths to servers, in the network namespace of the process. Owns one platform thread, which
 * waits for all its sockets. Any thread.
 */
public final class Dialer implements AutoCloseable {

  private final SocketMark mark;
  private final Clock clock;
  private final Network network;
  private final QueryIds ids;
  private final UdpExchange udp;
  private @Nullable Channels channels;
  private final Set<TcpConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * @param threads makes the one platform thread
   * @param random message IDs come from it
   */
  public Dialer(
      SocketMark mark, Clock clock, ThreadFactory threads, SecureRandom random, Counters counters) {
    this(mark, new KernelNetwork(mark, threads), clock, random, counters);
  }

  /**
   * @param network becomes the dialer's, who closes it
   */
  Dialer(Network network, Clock clock, SecureRandom random, Counters counters) {
    this(SocketMark.of(0), network, clock, random, counters);
  }

  private Dialer(
      SocketMark mark, Network network, Clock clock, SecureRandom random, Counters counters) {
    this.mark = mark;
    this.clock = clock;
    this.network = network;
    ids = new QueryIds(random);
    udp = new UdpExchange(network, clock, ids, counters);
  }

  /** Questions by UDP. */
  public UdpExchange udp() {
    return udp;
  }

  /** Paths for transports made of Netty's handlers; their thread starts with the first call. */
  public synchronized Channels channels() {
    Channels known = channels;
    if (known == null) {
      known = new Channels(mark);
      channels = known;
    }
    return known;
  }

  private synchronized void closeChannels() {
    if (channels != null) {
      channels.close();
    }
  }

  /** A message ID nobody can foretell, 0 to 65535. */
  public int messageId() {
    return ids.next();
  }

  /**
   * A new connection to {@code server}; the caller closes it, or {@link #close} does.
   *
   * @param deadlineNanos of the clock
   * @throws IOException if it cannot be had, or not in time
   * @throws InterruptedException if the thread is interrupted
   */
  public TcpConnection connect(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    TcpConnection connection = new TcpConnection(server, network, clock, connections::remove);
    connections.add(connection);
    if (closed) {
      connection.close();
    }
    connection.connect(deadlineNanos);
    return connection;
  }

  /** Ends the thread and closes all sockets; who still waits gets no answer. */
  @Override
  public void close() {
    closeChannels();
    closed = true;
    List.copyOf(connections).forEach(TcpConnection::close);
    udp.close();
    network.close();
  }
}
