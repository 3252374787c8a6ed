package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.dial.Stream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One server asked over streams (RFC 7766): one warm connection that all questions share, a second
 * when the first is slow and many wait, or is silent, each closed when idle. A connection that ends
 * with questions on it costs them one more try on a fresh one, for which they wait while the server
 * restarts, and if that ends too, one on a connection of their own, for a server that answers one
 * question a connection. Any thread.
 */
final class PipelinedServer implements AutoCloseable {

  /** How a stream to the server is had: TCP, or TLS over it. */
  @FunctionalInterface
  interface Opener {
    /**
     * A new stream, ready for the first question.
     *
     * @throws IOException if it cannot be had, or not in time
     */
    Stream open(InetSocketAddress server, long deadlineNanos)
        throws IOException, InterruptedException;
  }

  /** So many wait on a connection that is slow before another is opened. */
  static final int MANY = 128;

  /** A connection on which many wait is slow if no answer has come for so long. */
  static final Duration SLOW = Duration.ofMillis(100);

  /** Connections that share the questions; servers allow few to one client. */
  static final int MOST = 2;

  /** Less than the kernel's third SYN; who asks waits by its own deadline. */
  static final Duration CONNECT = Duration.ofSeconds(4);

  /** A server that answered so recently and takes no connection is waited for. */
  private static final Duration IN_USE = Duration.ofMinutes(1);

  /** A connection that says nothing at all for so long is doubted. */
  static final Duration SILENT = Duration.ofMillis(750);

  private final InetSocketAddress server;
  private final String name;
  private final Opener opener;
  private final IntSupplier ids;
  private final Executor threads;
  private final Clock clock;
  private final Restart restart;
  private final List<Pipeline> open = new ArrayList<>(2);
  private @Nullable CompletableFuture<Pipeline> opening;
  private volatile boolean hasAnswered;
  private volatile long answeredNanos;
  private volatile boolean closed;

  /**
   * @param ids message IDs nobody can foretell
   * @param threads starts virtual threads: one opens, one reads each connection, one writes
   */
  PipelinedServer(
      InetSocketAddress server, Opener opener, IntSupplier ids, Executor threads, Clock clock) {
    this.server = server;
    this.name = Endpoint.text(server);
    this.opener = opener;
    this.ids = ids;
    this.threads = threads;
    this.clock = clock;
    restart = new Restart(clock);
  }

  /**
   * The server's answer, whole; its ID means nothing to the caller.
   *
   * @param message a whole query; its ID is not used
   * @throws SocketTimeoutException at {@code deadlineNanos}
   * @throws IOException if no connection is to be had, or each ends without the answer
   */
  byte[] ask(byte[] message, long deadlineNanos) throws IOException, InterruptedException {
    try {
      return askOn(pick(deadlineNanos), message, deadlineNanos);
    } catch (Pipeline.EndedException first) {
      try {
        return askOn(fresh(deadlineNanos), message, deadlineNanos);
      } catch (Pipeline.EndedException second) {
        return askAlone(message, deadlineNanos);
      }
    }
  }

  /** Whether a connection stands. */
  boolean isConnected() {
    return best() != null;
  }

  /**
   * Has a connection made, unless one stands; does not block.
   *
   * @return completes with the server once it takes questions; what is made stays for all who ask
   */
  CompletableFuture<InetSocketAddress> connected() {
    return isConnected()
        ? CompletableFuture.completedFuture(server)
        : openOne().thenApply(_ -> server);
  }

  private byte[] askOn(Pipeline pipeline, byte[] message, long deadlineNanos)
      throws IOException, InterruptedException {
    long start = clock.nanoTime();
    Pipeline.Waiting question = sent(pipeline, message);
    try {
      long doubt = Math.min(deadlineNanos, start + SILENT.toNanos());
      if (clock.await(question.answer, doubt)) {
        return result(question);
      }
      if (deadlineNanos - doubt > 0 && pipeline.lastAnswerNanos() - start < 0) {
        return askBeside(pipeline, question, message, deadlineNanos);
      }
      if (!clock.await(question.answer, deadlineNanos)) {
        throw late();
      }
      return result(question);
    } finally {
      pipeline.forget(question);
    }
  }

  /**
   * The connection may be dead without a word: asks on another too, and the first answer counts.
   */
  private byte[] askBeside(
      Pipeline silent, Pipeline.Waiting first, byte[] message, long deadlineNanos)
      throws IOException, InterruptedException {
    // It takes no new question; if it is alive after all, it ends when these are answered.
    drop(silent);
    Pipeline other;
    try {
      other = pick(deadlineNanos);
    } catch (IOException e) {
      if (clock.await(first.answer, deadlineNanos)) {
        return result(first);
      }
      throw e;
    }
    Pipeline.Waiting second = sent(other, message);
    try {
      CompletableFuture<byte[]> either = firstGood(first.answer, second.answer);
      if (!clock.await(either, deadlineNanos)) {
        throw late();
      }
      return result(either);
    } finally {
      other.forget(second);
    }
  }

  /** Fails only when both have. */
  private static CompletableFuture<byte[]> firstGood(
      CompletableFuture<byte[]> one, CompletableFuture<byte[]> other) {
    CompletableFuture<byte[]> good = new CompletableFuture<>();
    AtomicBoolean oneFailed = new AtomicBoolean();
    for (CompletableFuture<byte[]> each : List.of(one, other)) {
      CompletableFuture<?> _ =
          each.whenComplete((answer, e) -> {
            if (e == null) {
              good.complete(answer);
            } else if (oneFailed.getAndSet(true)) {
              good.completeExceptionally(e);
            }
          });
    }
    return good;
  }

  private Pipeline.Waiting sent(Pipeline pipeline, byte[] message) throws IOException {
    Pipeline.Waiting question = pipeline.send(message, ids.getAsInt());
    if (question == null) {
      throw new Pipeline.EndedException("the connection to " + name + " has just ended");
    }
    return question;
  }

  private byte[] askAlone(byte[] message, long deadlineNanos)
      throws IOException, InterruptedException {
    Pipeline alone = restart.waitOut(() -> connect(deadlineNanos), _ -> !closed && isInUse());
    try {
      Pipeline.Waiting question = sent(alone, message);
      if (!clock.await(question.answer, deadlineNanos)) {
        throw late();
      }
      return result(question);
    } finally {
      alone.close();
    }
  }

  private IOException late() {
    return new SocketTimeoutException(name + " did not answer in time");
  }

  private byte[] result(Pipeline.Waiting question) throws IOException {
    return result(question.answer);
  }

  private byte[] result(CompletableFuture<byte[]> answer) throws IOException {
    if (answer.state() == Future.State.SUCCESS) {
      answeredNanos = clock.nanoTime();
      hasAnswered = true;
      return answer.resultNow();
    }
    if (answer.exceptionNow() instanceof IOException failure) {
      throw failure;
    }
    throw new IllegalStateException(answer.exceptionNow());
  }

  /** The connection with the fewest waiting; a new one if all are slow, or there is none. */
  private Pipeline pick(long deadlineNanos) throws IOException, InterruptedException {
    CompletableFuture<Pipeline> shared;
    synchronized (this) {
      Pipeline best = best();
      boolean enough = best != null && (!isSlow(best) || open.size() >= MOST);
      if (best != null && (enough || opening != null)) {
        return best;
      }
      shared = openOne();
      if (best != null) {
        return best;
      }
    }
    return opened(shared, deadlineNanos);
  }

  private boolean isSlow(Pipeline pipeline) {
    return pipeline.inFlight() >= MANY
        && clock.nanoTime() - pipeline.lastAnswerNanos() >= SLOW.toNanos();
  }

  /** A connection that no question has failed on: the one being opened, or a new one. */
  private Pipeline fresh(long deadlineNanos) throws IOException, InterruptedException {
    CompletableFuture<Pipeline> shared;
    synchronized (this) {
      Pipeline best = best();
      if (best != null && best.answered() == 0) {
        return best;
      }
      shared = openOne();
    }
    return opened(shared, deadlineNanos);
  }

  private synchronized @Nullable Pipeline best() {
    open.removeIf(pipeline -> !pipeline.open());
    Pipeline best = null;
    for (Pipeline pipeline : open) {
      if (best == null || pipeline.inFlight() < best.inFlight()) {
        best = pipeline;
      }
    }
    return best;
  }

  private synchronized void drop(Pipeline pipeline) {
    open.remove(pipeline);
    pipeline.retire();
  }

  /** The opening under way, or a new one, on a thread of its own: it is for all who wait. */
  private synchronized CompletableFuture<Pipeline> openOne() {
    CompletableFuture<Pipeline> running = opening;
    if (running != null) {
      return running;
    }
    CompletableFuture<Pipeline> mine = new CompletableFuture<>();
    opening = mine;
    try {
      threads.execute(() -> open(mine));
    } catch (RejectedExecutionException e) {
      opening = null;
      mine.completeExceptionally(new IOException("gander is stopping"));
    }
    return mine;
  }

  private void open(CompletableFuture<Pipeline> mine) {
    try {
      Pipeline fresh =
          restart.waitOut(
              () -> connect(clock.nanoTime() + CONNECT.toNanos()), _ -> !closed && isInUse());
      settle(fresh);
      mine.complete(fresh);
    } catch (IOException | RuntimeException e) {
      settle(null);
      mine.completeExceptionally(e);
    } catch (InterruptedException e) {
      settle(null);
      mine.completeExceptionally(new IOException("gander stopped connecting to " + name));
    }
  }

  private synchronized void settle(@Nullable Pipeline fresh) {
    opening = null;
    if (fresh != null) {
      open.add(fresh);
      if (closed) {
        fresh.close();
      }
    }
  }

  /** One that has never answered over streams, or not lately, may well have given that up. */
  private boolean isInUse() {
    return hasAnswered && clock.nanoTime() - answeredNanos < IN_USE.toNanos();
  }

  /** Whether it has taken no connection just now, though it answered before, and is waited for. */
  boolean isWaitedFor() {
    return restart.isWaitedFor();
  }

  /** Ends all connections; who waits hears that it ended, and no new one is opened. */
  @Override
  public void close() {
    List<Pipeline> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(open);
    }
    all.forEach(Pipeline::close);
  }

  private Pipeline connect(long deadlineNanos) throws IOException, InterruptedException {
    if (closed) {
      throw new IOException("gander is shutting the path to " + name + " down");
    }
    return new Pipeline(opener.open(server, deadlineNanos), name, threads, clock);
  }

  private Pipeline opened(CompletableFuture<Pipeline> shared, long deadlineNanos)
      throws IOException, InterruptedException {
    if (!clock.await(shared, deadlineNanos)) {
      throw new SocketTimeoutException("no connection to " + name + " in time");
    }
    if (shared.state() == Future.State.SUCCESS) {
      return shared.resultNow();
    }
    if (shared.exceptionNow() instanceof IOException failure) {
      throw failure;
    }
    throw new IllegalStateException(shared.exceptionNow());
  }
}
