package dev.gander.listen;

import dev.gander.clock.Clock;
import dev.gander.controller.QueryController;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The open connections of one TCP listener: at most so many, none silent for longer than allowed.
 * Keeps the large buffers that replies are written in, which connections need only for moments.
 */
final class TcpConnections {

  /** The longest DNS message: its length has two bytes. */
  static final int MAX_MESSAGE = 65535;

  private static final int SPARE_BUFFERS = 8;

  private final int maxConnections;
  private final int maxInFlight;
  private final Duration idle;
  private final Supplier<QueryController> controllers;
  private final Counters counters;
  private final Clock clock;
  private final Set<TcpConnection> open = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<byte[]> spareBuffers = new ArrayBlockingQueue<>(SPARE_BUFFERS);

  TcpConnections(
      int maxConnections,
      int maxInFlight,
      Duration idle,
      Supplier<QueryController> controllers,
      Counters counters,
      Clock clock) {
    this.maxConnections = maxConnections;
    this.maxInFlight = maxInFlight;
    this.idle = idle;
    this.controllers = controllers;
    this.counters = counters;
    this.clock = clock;
  }

  /** Serves the client on a virtual thread of its own; closes it at once beyond the bound. */
  void accepted(SocketChannel channel) {
    TcpConnection connection =
        new TcpConnection(channel, this, maxInFlight, controllers, counters, clock);
    // Only the accepting thread adds, so that the bound holds without a lock.
    if (open.size() >= maxConnections) {
      counters.add(Counter.TCP_CONNECTIONS_REFUSED);
      connection.close();
      return;
    }
    open.add(connection);
    Thread.ofVirtual().name("gander-tcp").start(connection::run);
  }

  void ended(TcpConnection connection) {
    open.remove(connection);
  }

  int count() {
    return open.size();
  }

  /** Cuts those that have been silent, or have not read our replies, for too long. */
  void sweep() {
    long limit = clock.nanoTime() - idle.toNanos();
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

  byte[] buffer() {
    byte[] spare = spareBuffers.poll();
    return spare == null ? new byte[MAX_MESSAGE] : spare;
  }

  void giveBack(byte[] buffer) {
    boolean _ = spareBuffers.offer(buffer);
  }
}
