package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.dial.Stream;
import dev.gander.message.EdnsOptions;
import dev.gander.message.ExtendedError;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One stream to one server with any number of questions in flight, answered in any order (RFC 7766
 * section 6.2.1). One virtual thread reads all the time, so that the end of the stream is known at
 * once. Another writes while there is something to write: not who asks, for he may be interrupted
 * in the middle of a message, and the stream is of no use to the others then.
 */
final class Pipeline {

  /** A question on its way; completes with the answer, or with why there will be none. */
  static final class Waiting {
    private final int id;
    private final byte[] question;
    private final byte[] framed;
    final CompletableFuture<byte[]> answer = new CompletableFuture<>();

    private Waiting(int id, byte[] question, byte[] framed) {
      this.id = id;
      this.question = question;
      this.framed = framed;
    }
  }

  /** The connection ended before it answered: the question may be asked again. */
  static final class EndedException extends IOException {
    final ExtendedError error;

    EndedException(String why) {
      this(ExtendedError.NETWORK_ERROR, why);
    }

    EndedException(ExtendedError error, String why) {
      super(why);
      this.error = error;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  /** Idle time until the server says another (RFC 7766 section 6.2.3, RFC 7828). */
  static final Duration IDLE = Duration.ofSeconds(10);

  private static final long A_SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final Duration LONGEST_IDLE = Duration.ofMinutes(2);

  /** A server that takes nothing for so long is stuck. */
  private static final Duration STUCK = Duration.ofSeconds(2);

  /** Half of all IDs, so that a free one is found fast. */
  private static final int MOST_WAITING = 0x8000;

  private static final int HEADER = 12;
  private static final int QR = 0x80;
  private static final int BUFFER = 4096;
  private static final int LARGEST_WRITE = 16_384;

  private final Stream stream;
  private final Clock clock;
  private final String server;
  private final Executor threads;
  private final Map<Integer, Waiting> waiting = new HashMap<>();
  private final ArrayDeque<byte[]> toWrite = new ArrayDeque<>();
  private final byte[] buffer = new byte[BUFFER];
  private int buffered;
  private int taken;
  private volatile long idleNanos = IDLE.toNanos();
  private volatile long lastUseNanos;
  private volatile long lastAnswerNanos;
  private volatile int answered;
  private boolean writing;
  private boolean retired;
  private @Nullable IOException ended;

  /**
   * @param stream becomes this pipeline's, which closes it
   * @param server as people write it
   * @param threads starts the virtual threads that read and write
   */
  Pipeline(Stream stream, String server, Executor threads, Clock clock) {
    this.stream = stream;
    this.server = server;
    this.threads = threads;
    this.clock = clock;
    lastUseNanos = clock.nanoTime();
    lastAnswerNanos = lastUseNanos;
    threads.execute(this::run);
  }

  /**
   * Sends a question, under {@code id} if no other has it, else under the next free one; never
   * blocks.
   *
   * @param message a whole query; not changed
   * @return null if the stream has ended: nothing was sent
   */
  @Nullable Waiting send(byte[] message, int id) {
    byte[] framed = new byte[2 + message.length];
    framed[0] = (byte) (message.length >>> 8);
    framed[1] = (byte) message.length;
    System.arraycopy(message, 0, framed, 2, message.length);
    Waiting question;
    boolean idle;
    synchronized (this) {
      if (ended != null || retired || waiting.size() >= MOST_WAITING) {
        return null;
      }
      int free = id;
      while (waiting.containsKey(free)) {
        free = free + 1 & 0xFFFF;
      }
      framed[2] = (byte) (free >>> 8);
      framed[3] = (byte) free;
      question = new Waiting(free, message, framed);
      waiting.put(free, question);
      toWrite.add(framed);
      idle = !writing;
      writing = true;
      lastUseNanos = clock.nanoTime();
    }
    if (idle) {
      startToWrite();
    }
    return question;
  }

  /** Nobody waits for it any more: it is not sent if that can be helped, its answer passed over. */
  synchronized void forget(Waiting question) {
    if (waiting.remove(question.id, question)) {
      // Arrays are equal to themselves only.
      toWrite.remove(question.framed);
    }
    closeIfDone();
  }

  private void startToWrite() {
    try {
      threads.execute(this::writeAll);
    } catch (RejectedExecutionException e) {
      end(new IOException("gander is stopping"));
    }
  }

  private void writeAll() {
    try {
      byte[] next = nextWrite();
      while (next != null) {
        stream.write(next, 0, next.length, clock.nanoTime() + STUCK.toNanos());
        next = nextWrite();
      }
    } catch (IOException e) {
      end(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end(new IOException("gander stopped writing to " + server));
    }
  }

  /** As many questions as fit into one write; null if there is none, and the writer may go. */
  private synchronized byte @Nullable [] nextWrite() {
    byte[] first = toWrite.poll();
    if (first == null) {
      writing = false;
      return null;
    }
    if (toWrite.isEmpty()) {
      return first;
    }
    int length = first.length;
    int count = 0;
    for (byte[] more : toWrite) {
      if (length + more.length > LARGEST_WRITE) {
        break;
      }
      length += more.length;
      count++;
    }
    byte[] all = new byte[length];
    System.arraycopy(first, 0, all, 0, first.length);
    int at = first.length;
    for (; count > 0; count--) {
      byte[] more = toWrite.remove();
      System.arraycopy(more, 0, all, at, more.length);
      at += more.length;
    }
    return all;
  }

  private void run() {
    try {
      byte[] length = new byte[2];
      while (read(length, true)) {
        byte[] message = new byte[(length[0] & 0xFF) << 8 | (length[1] & 0xFF)];
        if (!read(message, false)) {
          break;
        }
        if (message.length < HEADER || (message[2] & QR) == 0) {
          // Late answers are to be expected; this says that the framing is lost.
          end(new EndedException(ExtendedError.INVALID_DATA, server + " sent what is no answer"));
          return;
        }
        arrived(message);
      }
      end(new EOFException(server + " closed the connection"));
    } catch (IOException e) {
      end(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end(new IOException("gander stopped reading from " + server));
    }
  }

  /** Fills {@code into}; false at the end of the stream, or of the idle time between messages. */
  private boolean read(byte[] into, boolean between) throws IOException, InterruptedException {
    int got = 0;
    while (got < into.length) {
      if (taken == buffered) {
        int some = readSome(between && got == 0);
        if (some < 0) {
          return false;
        }
        buffered = some;
        taken = 0;
      }
      int some = Math.min(into.length - got, buffered - taken);
      System.arraycopy(buffer, taken, into, got, some);
      taken += some;
      got += some;
    }
    return true;
  }

  private int readSome(boolean between) throws IOException, InterruptedException {
    while (true) {
      try {
        return stream.readSome(buffer, 0, BUFFER, clock.nanoTime() + Math.max(idleNanos, A_SECOND));
      } catch (SocketTimeoutException e) {
        if (!between) {
          throw e;
        }
        if (endIfIdle()) {
          return -1;
        }
      }
    }
  }

  private synchronized boolean endIfIdle() {
    if (waiting.isEmpty() && clock.nanoTime() - lastUseNanos >= idleNanos) {
      ended = new EndedException("the connection to " + server + " was idle");
    }
    return ended != null;
  }

  private void arrived(byte[] message) {
    Waiting question = null;
    synchronized (this) {
      int id = (message[0] & 0xFF) << 8 | (message[1] & 0xFF);
      Waiting asked = waiting.get(id);
      if (asked != null && answers(message, asked.question)) {
        question = asked;
        waiting.remove(id);
      }
      lastAnswerNanos = clock.nanoTime();
      lastUseNanos = lastAnswerNanos;
      answered++;
    }
    byte[] keepalive = EdnsOptions.find(message, EdnsOptions.TCP_KEEPALIVE);
    if (keepalive != null && keepalive.length == 2) {
      keepAlive((keepalive[0] & 0xFF) << 8 | (keepalive[1] & 0xFF));
    }
    if (question != null) {
      question.answer.complete(message);
    }
    closeIfDone();
  }

  /** An ID may have been given up and given again: the question must be the same, case apart. */
  private static boolean answers(byte[] message, byte[] query) {
    if (message[4] == 0 && message[5] == 0) {
      return true;
    }
    int at = HEADER;
    while (query[at] != 0) {
      at += 1 + query[at];
    }
    int end = at + 5;
    if (message.length < end) {
      return false;
    }
    for (int i = HEADER; i < end; i++) {
      // Letters differ in one bit; what else does is not worth telling apart here.
      int mask = i < at ? 0xDF : 0xFF;
      if ((message[i] & mask) != (query[i] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** RFC 7828: idle for longer, and the server will close; 0: no further question, please. */
  private void keepAlive(int tenths) {
    long told = TimeUnit.MILLISECONDS.toNanos(100L * tenths);
    idleNanos = Math.min(told, LONGEST_IDLE.toNanos());
    if (tenths == 0) {
      retire();
    }
  }

  /** Takes no further question; who waits still gets the answer. */
  synchronized void retire() {
    retired = true;
    closeIfDone();
  }

  private synchronized void closeIfDone() {
    if (retired && waiting.isEmpty()) {
      stream.close();
    }
  }

  private void end(IOException why) {
    Waiting[] left;
    synchronized (this) {
      if (ended == null) {
        ended = why;
      }
      left = waiting.values().toArray(new Waiting[0]);
      waiting.clear();
      toWrite.clear();
    }
    stream.close();
    for (Waiting one : left) {
      one.answer.completeExceptionally(ended(why));
    }
  }

  private static EndedException ended(IOException why) {
    return why instanceof EndedException known
        ? known
        : new EndedException(String.valueOf(why.getMessage()));
  }

  /** Ends it at once; who waits hears that it ended. */
  void close() {
    end(new IOException("the connection to " + server + " was given up"));
  }

  synchronized boolean open() {
    return ended == null && !retired;
  }

  synchronized int inFlight() {
    return waiting.size();
  }

  /** Answers that have come on it. */
  int answered() {
    return answered;
  }

  long lastAnswerNanos() {
    return lastAnswerNanos;
  }
}
