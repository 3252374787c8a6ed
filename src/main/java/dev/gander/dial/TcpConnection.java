package dev.gander.dial;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.kernel.Errno;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.KernelException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A TCP connection to a server, marked as gander's own. */
public final class TcpConnection implements Stream {

  private final Network.Stream socket;
  private final InetSocketAddress server;
  private final Clock clock;
  private final Consumer<TcpConnection> closed;

  /** Who waits to read, and who to write: the socket is watched for both at a time. */
  private @Nullable CompletableFuture<Void> toRead;

  private @Nullable CompletableFuture<Void> toWrite;

  /**
   * @param closed told each time it is closed
   */
  TcpConnection(
      InetSocketAddress server, Network network, Clock clock, Consumer<TcpConnection> closed)
      throws IOException {
    this.server = server;
    this.clock = clock;
    this.closed = closed;
    socket = network.stream(IpFamily.of(server.getAddress()), this::wake);
  }

  /** Once, before all else; closes it on failure. */
  void connect(long deadlineNanos) throws IOException, InterruptedException {
    try {
      int errno = socket.connect(server);
      if (errno == Errno.EINPROGRESS) {
        await(true, deadlineNanos);
        String why = socket.failure();
        if (why != null) {
          throw new IOException("cannot connect to " + Endpoint.text(server) + ": " + why);
        }
      } else if (errno != 0) {
        throw failure("cannot connect to ", errno);
      }
    } catch (IOException | InterruptedException e) {
      close();
      throw e;
    }
  }

  @Override
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

  @Override
  public int readSome(byte[] into, int offset, int length, long deadlineNanos)
      throws IOException, InterruptedException {
    while (true) {
      int some = socket.read(into, offset, length);
      if (some > 0) {
        return some;
      }
      if (some == 0) {
        return -1;
      }
      if (some != -Errno.EAGAIN) {
        throw failure("cannot read from ", -some);
      }
      await(false, deadlineNanos);
    }
  }

  private IOException failure(String what, int errno) {
    return new IOException(what + Endpoint.text(server) + ": " + Errno.describe(errno));
  }

  private void await(boolean write, long deadlineNanos) throws IOException, InterruptedException {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    try {
      watch(ready, write);
    } catch (KernelException e) {
      throw new IOException(Endpoint.text(server) + ": " + e.getMessage(), e);
    }
    if (!clock.await(ready, deadlineNanos)) {
      throw new SocketTimeoutException(Endpoint.text(server) + " did not answer by TCP in time");
    }
  }

  private synchronized void watch(CompletableFuture<Void> ready, boolean write) {
    if (write) {
      toWrite = ready;
    } else {
      toRead = ready;
    }
    socket.once(toRead != null, toWrite != null);
  }

  /** Wakes both, whatever it is ready for: who finds nothing to do waits again. */
  private void wake() {
    CompletableFuture<Void> reads;
    CompletableFuture<Void> writes;
    synchronized (this) {
      reads = toRead;
      writes = toWrite;
      toRead = null;
      toWrite = null;
    }
    if (reads != null) {
      reads.complete(null);
    }
    if (writes != null) {
      writes.complete(null);
    }
  }

  @Override
  public void close() {
    socket.close();
    wake();
    closed.accept(this);
  }
}
