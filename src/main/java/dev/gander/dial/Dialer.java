package dev.gander.dial;

import dev.gander.clock.Clock;
import dev.gander.config.Binding;
import dev.gander.observe.Counters;
import dev.gander.proxy.Exit;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Paths to servers: straight, in the network namespace of the process, by one platform thread that
 * waits for all sockets; or through an {@link Exit}. Any thread.
 */
public final class Dialer implements AutoCloseable {

  /** Where it leads straight out of this machine. */
  private record Straight(
      SocketTerms terms,
      Sockets sockets,
      ThreadFactory threads,
      SecureRandom random,
      Counters counters) {}

  private final @Nullable Exit given;
  private final @Nullable Straight straight;
  private final Clock clock;
  private final Network network;
  private final QueryIds ids;
  private final UdpExchange udp;
  private @Nullable Channels channels;
  private final Map<Binding, Dialer> bound = new HashMap<>();
  private final Set<TcpConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Straight, with a mark and nothing else that is special.
   *
   * @param threads makes the one platform thread
   * @param random message IDs come from it
   */
  public Dialer(
      SocketMark mark, Clock clock, ThreadFactory threads, SecureRandom random, Counters counters) {
    this(SocketTerms.of(mark), clock, threads, random, counters);
  }

  /**
   * Straight.
   *
   * @param terms of all sockets
   * @param threads makes the one platform thread
   * @param random message IDs come from it
   */
  public Dialer(
      SocketTerms terms,
      Clock clock,
      ThreadFactory threads,
      SecureRandom random,
      Counters counters) {
    this(new Straight(terms, new Sockets(terms), threads, random, counters), clock);
  }

  private Dialer(Straight straight, Clock clock) {
    this(
        null,
        straight,
        new KernelNetwork(straight.sockets(), straight.threads()),
        clock,
        straight.random(),
        straight.counters());
  }

  /**
   * @param network becomes the dialer's, who closes it
   */
  Dialer(Network network, Clock clock, SecureRandom random, Counters counters) {
    this(null, null, network, clock, random, counters);
  }

  private Dialer(
      @Nullable Exit given,
      @Nullable Straight straight,
      Network network,
      Clock clock,
      SecureRandom random,
      Counters counters) {
    this.given = given;
    this.straight = straight;
    this.clock = clock;
    this.network = network;
    ids = new QueryIds(random);
    udp = new UdpExchange(network, clock, ids, counters);
  }

  /**
   * Through {@code exit}, which stays its owner's and whose sockets bear what mark it gives them.
   *
   * @param random message IDs come from it
   */
  public static Dialer through(Exit exit, Clock clock, SecureRandom random, Counters counters) {
    Network network = new ExitNetwork(exit, clock);
    return new Dialer(exit, null, network, clock, random, counters);
  }

  /** Questions by UDP. */
  public UdpExchange udp() {
    return udp;
  }

  /** The way out for transports made of Netty's handlers; its thread starts with the first call. */
  public synchronized Exit exit() {
    if (given != null) {
      return given;
    }
    Channels known = channels;
    if (known == null) {
      if (straight == null) {
        throw new IllegalStateException("this network has no channels");
      }
      known = new Channels(straight.sockets());
      channels = known;
    }
    return known;
  }

  /**
   * Straight as this one, by this interface and from these addresses; closed with this one. One
   * that does not lead straight into the kernel has no sockets to bind, and is itself the answer.
   */
  public synchronized Dialer boundTo(Binding binding) {
    Straight mine = straight;
    if (mine == null || mine.terms().binding().equals(binding)) {
      return this;
    }
    return bound.computeIfAbsent(
        binding,
        it ->
            new Dialer(
                mine.terms().with(it), clock, mine.threads(), mine.random(), mine.counters()));
  }

  private synchronized void closeChannels() {
    bound.values().forEach(Dialer::close);
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
