package dev.gander.dial;

import dev.gander.clock.Clock;
import dev.gander.kernel.Errno;
import dev.gander.kernel.IpFamily;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Questions to servers by UDP, any number at a time, over a few unconnected sockets.
 *
 * <p>An answer counts only if it comes from the address and port that was asked, to the socket that
 * asked, with the ID and the question that were sent; all others are counted and waiting goes on
 * (RFC 5452). Sockets have ports of the kernel's random choice and are replaced after {@link
 * #MAX_USES} questions or {@link #MAX_AGE}; IDs are random.
 */
public final class UdpExchange implements AutoCloseable {

  /** What came of a question. */
  public sealed interface Outcome {
    /** The whole message, as {@code server} sent it; its ID means nothing to the caller. */
    @SuppressWarnings("ArrayRecordComponent") // a message handed over, never compared
    record Answered(InetSocketAddress server, byte[] message) implements Outcome {}

    /** {@code server} is not to be had (ICMP), or would not read the question. */
    record Refused(InetSocketAddress server, IOException why) implements Outcome {}

    /** Nothing came in time. */
    record Nothing() implements Outcome {}
  }

  /** The longest answer received whole. */
  public static final int MAX_ANSWER = 4096;

  static final int MAX_USES = 4096;
  static final Duration MAX_AGE = Duration.ofSeconds(10);

  private static final Outcome NOTHING = new Outcome.Nothing();

  /** Enough that all of 16384 questions in flight find an ID fast, and few to keep open. */
  private static final int PORTS = 4;

  private final Network network;
  private final Clock clock;
  private final QueryIds ids;
  private final Counters counters;
  private final Ports ipv4 = new Ports(IpFamily.IPV4);
  private final Ports ipv6 = new Ports(IpFamily.IPV6);

  UdpExchange(Network network, Clock clock, QueryIds ids, Counters counters) {
    this.counters = counters;
    this.network = network;
    this.clock = clock;
    this.ids = ids;
  }

  /**
   * Begins to ask {@code query}, a whole message with one uncompressed question. Nothing is sent
   * yet; whoever begins must close.
   */
  public Asking begin(byte[] query) {
    return new Asking(query);
  }

  /** Closes all sockets; who still waits gets no answer. */
  @Override
  public void close() {
    ipv4.close();
    ipv6.close();
  }

  /** One question until its answer. Belongs to the thread that began it, best a virtual one. */
  public final class Asking implements AutoCloseable {

    private final byte[] query;
    private final List<UdpShot> shots = new ArrayList<>(2);
    private CompletableFuture<Outcome> news = new CompletableFuture<>();

    private Asking(byte[] query) {
      this.query = query;
    }

    /**
     * Sends the question to {@code server}, or sends it again: then with the same ID from the same
     * port, so that the answer to either counts. Answers of servers asked before still count.
     *
     * @throws IOException if it cannot leave this machine, e.g. without a route
     */
    public void send(InetSocketAddress server) throws IOException {
      UdpShot shot = shotTo(server);
      int errno = shot.send();
      if (errno != 0 && errno != Errno.EAGAIN) {
        throw new IOException(
            "cannot send to " + ServerText.of(server) + ": " + Errno.describe(errno));
      }
    }

    private UdpShot shotTo(InetSocketAddress server) throws IOException {
      for (UdpShot shot : shots) {
        if (shot.server().equals(server)) {
          return shot;
        }
      }
      UdpShot shot = new UdpShot(this, query, server);
      Ports ports = IpFamily.of(server.getAddress()) == IpFamily.IPV4 ? ipv4 : ipv6;
      ports.register(shot);
      shots.add(shot);
      return shot;
    }

    /**
     * Blocks until there is news or {@code deadlineNanos} of the clock has come; may be called
     * again after {@link Outcome.Refused} and {@link Outcome.Nothing}.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public Outcome await(long deadlineNanos) throws InterruptedException {
      return clock.await(news(), deadlineNanos) ? takeNews() : NOTHING;
    }

    private synchronized CompletableFuture<Outcome> news() {
      return news;
    }

    private synchronized Outcome takeNews() {
      Outcome outcome = news.resultNow();
      if (outcome instanceof Outcome.Refused) {
        news = new CompletableFuture<>();
      }
      return outcome;
    }

    /** Called by the reactor. An answer takes the place of a refusal nobody has read yet. */
    synchronized void tell(Outcome outcome) {
      if (!news.complete(outcome)
          && outcome instanceof Outcome.Answered
          && news.resultNow() instanceof Outcome.Refused) {
        news = CompletableFuture.completedFuture(outcome);
      }
    }

    /** Waits for nothing any more; what still comes is a stray. */
    @Override
    public void close() {
      shots.forEach(UdpShot::end);
      shots.clear();
    }
  }

  /** The sockets of one family, opened when first needed. */
  private final class Ports {

    private final IpFamily family;
    private final @Nullable UdpPort[] open = new UdpPort[PORTS];
    private final ReentrantLock lock = new ReentrantLock();
    private boolean closed;

    Ports(IpFamily family) {
      this.family = family;
    }

    void register(UdpShot shot) throws IOException {
      UdpPort port;
      do {
        port = pick();
      } while (!port.register(shot, ids));
    }

    private UdpPort pick() throws IOException {
      int i = ids.next() & PORTS - 1;
      lock.lock();
      try {
        if (closed) {
          throw new IOException("gander is shutting this path down");
        }
        UdpPort port = open[i];
        long now = clock.nanoTime();
        if (port == null || port.isSpent(now, MAX_USES, MAX_AGE.toNanos())) {
          UdpPort fresh = new UdpPort(family, network, counters, now);
          open[i] = fresh;
          if (port != null) {
            port.retire();
          }
          return fresh;
        }
        return port;
      } finally {
        lock.unlock();
      }
    }

    void close() {
      lock.lock();
      try {
        closed = true;
        for (int i = 0; i < PORTS; i++) {
          UdpPort port = open[i];
          if (port != null) {
            port.retire();
            open[i] = null;
          }
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
