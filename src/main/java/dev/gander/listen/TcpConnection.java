package dev.gander.listen;

import dev.gander.clock.Clock;
import dev.gander.message.Client;
import dev.gander.message.Transport;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One client's TCP connection (RFC 7766): queries one after another, each behind two bytes of
 * length; replies in whatever order they are ready. One virtual thread reads, answers what needs no
 * waiting, and starts a virtual thread for each other query; at the bound of those it stops
 * reading.
 */
final class TcpConnection {

  private static final System.Logger LOG = System.getLogger("dev.gander.listen");

  private final SocketChannel channel;
  private final TcpConnections all;
  private final Desk desk;
  private final Counters counters;
  private final Clock clock;
  private final int maxInFlight;
  private final Semaphore places;
  private final ReentrantLock writing = new ReentrantLock();
  private final Client client = new Client();

  /** When the last whole message came or went. */
  private volatile long lastMessageNanos;

  /**
   * @param maxInFlight queries of this client under way at one time
   */
  TcpConnection(
      SocketChannel channel,
      TcpConnections all,
      int maxInFlight,
      Desk desk,
      Counters counters,
      Clock clock)
      throws IOException {
    this.channel = channel;
    this.all = all;
    this.maxInFlight = maxInFlight;
    this.desk = desk;
    this.counters = counters;
    this.clock = clock;
    places = new Semaphore(maxInFlight);
    lastMessageNanos = clock.nanoTime();
    client.setTransport(Transport.TCP);
    client.setSource((InetSocketAddress) channel.getRemoteAddress());
    client.setAsked((InetSocketAddress) channel.getLocalAddress());
  }

  /** Whose connection it is. */
  Client client() {
    return client;
  }

  /** Before {@link #run}: fills in what is known of the client; false if nothing is. */
  boolean identify(IdentitySource identities) {
    identities.identify(0, client);
    return client.mark() != 0;
  }

  void run() {
    try {
      boolean more = true;
      while (more) {
        more = serveNext();
      }
      // The client may have closed its half only: what it asked before is still answered.
      places.acquire(maxInFlight);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, () -> "TCP client " + client + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close();
      all.ended(this);
    }
  }

  /**
   * Reads one query and has it answered; false when the client is done, or sends what is no query.
   */
  private boolean serveNext() throws IOException {
    ByteBuffer length = ByteBuffer.allocate(2);
    if (!readWhole(length)) {
      return false;
    }
    ByteBuffer message = ByteBuffer.allocate(Short.toUnsignedInt(length.getShort(0)));
    if (!readWhole(message)) {
      return false;
    }
    lastMessageNanos = clock.nanoTime();
    places.acquireUninterruptibly();
    desk.ask(message.array(), client, all.idleTenths(), this::reply);
    return true;
  }

  private boolean readWhole(ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (channel.read(into) < 0) {
        return false;
      }
    }
    return true;
  }

  /** On the reading thread for what was answered at once, else on another. */
  private void reply(byte[] framed) {
    try {
      if (framed.length == 0) {
        counters.add(Counter.TCP_CONNECTIONS_CUT);
        stopReading();
      } else {
        write(framed);
      }
    } catch (IOException e) {
      counters.add(Counter.REPLIES_NOT_SENT);
    } finally {
      places.release();
    }
  }

  /** Length and message leave together (RFC 7766 section 8). */
  private void write(byte[] framed) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(framed);
    writing.lock();
    try {
      while (left.hasRemaining()) {
        channel.write(left);
      }
    } finally {
      writing.unlock();
    }
    lastMessageNanos = clock.nanoTime();
  }

  /**
   * Whether no whole message has come or gone since {@code nanos}, for no fault of ours: nothing is
   * being asked, or a reply is stuck because the client does not read.
   */
  boolean silentSince(long nanos) {
    boolean idle = places.availablePermits() == maxInFlight || writing.isLocked();
    return idle && lastMessageNanos - nanos < 0;
  }

  void stopReading() {
    try {
      channel.shutdownInput();
    } catch (IOException e) {
      close();
    }
  }

  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, () -> "closing " + client + ": " + e.getMessage());
    }
  }
}
