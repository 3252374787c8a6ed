package dev.gander.dial;

import dev.gander.clock.Clock;
import dev.gander.kernel.Errno;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.KernelException;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.concurrent.CompletableFuture;

/**
 * A TCP connection to a server, marked as gander's own. Straight-line and blocking: for one
 * (virtual) thread at a time; any thread may close it.
 */
public final class TcpConnection implements AutoCloseable {

  private final Network.Stream socket;
  private final InetSocketAddress server;
  private final Clock clock;
  private volatile CompletableFuture<Void> ready = new CompletableFuture<>();

  private TcpConnection(InetSocketAddress server, Network network, Clock clock) throws IOException {
    this.server = server;
    this.clock = clock;
    socket = network.stream(IpFamily.of(server.getAddress()), this::wake);
  }

  static TcpConnection open(
      InetSocketAddress server, Network network, Clock clock, long deadlineNanos)
      throws IOException, InterruptedException {
    TcpConnection connection = new TcpConnection(server, network, clock);
    connection.connect(deadlineNanos);
    return connection;
  }

  private void connect(long deadlineNanos) throws IOException, InterruptedException {
    try {
      int errno = socket.connect(server);
      if (errno == Errno.EINPROGRESS) {
        await(true, deadlineNanos);
        errno = socket.pendingError();
      }
      if (errno != 0) {
        throw failure("cannot connect to ", errno);
      }
    } catch (IOException | InterruptedException e) {
      close();
      throw e;
    }
  }

  /**
   * Writes all of it.
   *
   * @throws SocketTimeoutException at {@code deadlineNanos} of the clock
   * @throws IOException if the connection breaks
   * @throws InterruptedException if the thread is interrupted
   */
  public void write(byte[] from, int offset, int length, long deadlineNanos)
      throws IOException, InterruptedException {
    int written = 0;
    while (written < length) {
      int some = socket.write(from, offset + written, length - written);
      if (some >= 0) {
        written += some;
      } else if (some == -Errno.EAGAIN) {
        await(true, deadlineNanos);
      } else {
        throw failure("cannot write to ", -some);
      }
    }
  }

  /**
   * Reads exactly {@code length} bytes.
   *
   * @throws SocketTimeoutException at {@code deadlineNanos} of the clock
   * @throws EOFException if the server closes before
   * @throws IOException if the connection breaks
   * @throws InterruptedException if the thread is interrupted
   */
  public void read(byte[] into, int offset, int length, long deadlineNanos)
      throws IOException, InterruptedException {
    int got = 0;
    while (got < length) {
      int some = socket.read(into, offset + got, length - got);
      if (some > 0) {
        got += some;
      } else if (some == 0) {
        throw new EOFException(server + " closed the connection");
      } else if (some == -Errno.EAGAIN) {
        await(false, deadlineNanos);
      } else {
        throw failure("cannot read from ", -some);
      }
    }
  }

  private IOException failure(String what, int errno) {
    return new IOException(what + ServerText.of(server) + ": " + Errno.describe(errno));
  }

  private void await(boolean toWrite, long deadlineNanos) throws IOException, InterruptedException {
    CompletableFuture<Void> now = new CompletableFuture<>();
    ready = now;
    try {
      socket.once(toWrite);
    } catch (KernelException e) {
      throw new IOException(ServerText.of(server) + ": " + e.getMessage(), e);
    }
    if (!clock.await(now, deadlineNanos)) {
      throw new SocketTimeoutException(ServerText.of(server) + " did not answer by TCP in time");
    }
  }

  private void wake() {
    ready.complete(null);
  }

  @Override
  public void close() {
    socket.close();
    ready.complete(null);
  }
}
