package dev.gander.dial;

import dev.gander.kernel.DatagramBatch;
import dev.gander.kernel.Errno;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.TcpSocket;
import dev.gander.kernel.UdpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/** The kernel's sockets, marked as gander's own. */
final class KernelNetwork implements Network {

  private static final int BATCH = 32;

  /**
   * Twice as many places as questions can be in flight. More ports would not be harder to guess for
   * who forges an answer to one question, and each wakes the reading thread for itself.
   */
  static final Spread SPREAD = new Spread(16, 1024, Duration.ofSeconds(10));

  private final Sockets sockets;
  private final Reactor reactor;

  /** Room for datagrams, shared by the sockets of one family: only the reactor's thread uses it. */
  private final Map<IpFamily, DatagramBatch> batches = new EnumMap<>(IpFamily.class);

  /**
   * @param threads makes the one platform thread
   */
  KernelNetwork(Sockets sockets, ThreadFactory threads) {
    this.sockets = sockets;
    for (IpFamily family : IpFamily.values()) {
      batches.put(family, new DatagramBatch(family, BATCH, UdpExchange.MAX_ANSWER));
    }
    reactor = new Reactor(threads);
  }

  @Override
  public Datagrams datagrams(IpFamily family, DatagramOwner owner) throws IOException {
    try {
      UdpSocket socket =
          sockets.udp(
              family,
              EnumSet.of(
                  UdpSocket.Option.ERRORS,
                  UdpSocket.Option.IPV6_ONLY,
                  UdpSocket.Option.IGNORE_PATH_MTU));
      try {
        DatagramBatch batch = Objects.requireNonNull(batches.get(family));
        long key = reactor.add(socket, failed -> ready(socket, batch, owner, failed));
        return new KernelDatagrams(socket, key);
      } catch (KernelException e) {
        socket.close();
        throw e;
      }
    } catch (KernelException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static void ready(
      UdpSocket socket, DatagramBatch batch, DatagramOwner owner, boolean failed) {
    if (failed) {
      int got = socket.receiveErrors(batch);
      for (int i = 0; i < got; i++) {
        owner.bounced(payload(batch, i), batch.source(i), Errno.describe(batch.error(i)));
      }
    }
    int got;
    do {
      got = socket.receive(batch, false);
      for (int i = 0; i < got; i++) {
        owner.arrived(payload(batch, i), batch.source(i));
      }
    } while (got == batch.capacity());
  }

  private static byte[] payload(DatagramBatch batch, int i) {
    byte[] message = new byte[batch.length(i)];
    batch.copyPayload(i, message, 0);
    return message;
  }

  @Override
  public Stream stream(IpFamily family, Runnable ready) throws IOException {
    try {
      TcpSocket socket = sockets.tcp(family);
      try {
        return new KernelStream(socket, reactor.add(socket, failed -> ready.run()));
      } catch (KernelException e) {
        socket.close();
        throw e;
      }
    } catch (KernelException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public Spread spread() {
    return SPREAD;
  }

  @Override
  public void close() {
    reactor.close();
  }

  private final class KernelDatagrams implements Datagrams {

    private final UdpSocket socket;
    private final long key;

    private KernelDatagrams(UdpSocket socket, long key) {
      this.socket = socket;
      this.key = key;
    }

    @Override
    public int send(byte[] message, InetSocketAddress to) {
      return socket.send(message, to);
    }

    @Override
    public void close() {
      reactor.remove(key);
      socket.close();
    }
  }

  private final class KernelStream implements Stream {

    private final TcpSocket socket;
    private final long key;

    private KernelStream(TcpSocket socket, long key) {
      this.socket = socket;
      this.key = key;
    }

    @Override
    public int connect(InetSocketAddress server) {
      return socket.connect(server);
    }

    @Override
    public @Nullable String failure() {
      int errno = socket.pendingError();
      return errno == 0 ? null : Errno.describe(errno);
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      return socket.read(into, offset, length);
    }

    @Override
    public int write(byte[] from, int offset, int length) {
      return socket.write(from, offset, length);
    }

    @Override
    public void once(boolean toRead, boolean toWrite) {
      reactor.once(socket, key, toRead, toWrite);
    }

    @Override
    public void close() {
      reactor.remove(key);
      socket.close();
    }
  }
}
