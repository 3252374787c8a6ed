package dev.gander.dial;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.kernel.Errno;
import dev.gander.kernel.IpFamily;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetSocketAddress;
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
 * (RFC 5452). Sockets have ports of the kernel's random choice and are replaced as the network's
 * {@link Network.Spread} says; IDs are random.
 */
public final class UdpExchange implements AutoCloseable {

  /** What came of a question. */
  public sealed interface Outcome {
    /** The whole message, as {@code server} sent it; its ID means nothing to the caller. */
    @SuppressWarnings("ArrayRecordComponent") // a message handed over, never compared
    record Answered(InetSocketAddress server, byte[] message) implements Outcome {}

    /** {@code server} is not to be had (ICMP), or would not read the question. */
    record Refused(InetSocketAddress server, IOException why) implements Outcome {}

    /**
     * What {@code server} sent has the question in other letters: from a forger, or from a server
     * that does not repeat them. It counts as a stray.
     */
    record Miscased(InetSocketAddress server) implements Outcome {}

    /** Nothing came in time. */
    record Nothing() implements Outcome {}
  }

  /** The longest answer received whole. */
  public static final int MAX_ANSWER = 4096;

  private static final Outcome NOTHING = new Outcome.Nothing();

  /** Full ports looked at before a question fails. */
  private static final int PICKS = 64;

  private final Network network;
  private final Network.Spread spread;
  private final Clock clock;
  private final QueryIds ids;
  private final Counters counters;
  private final Ports ipv4;
  private final Ports ipv6;

  UdpExchange(Network network, Clock clock, QueryIds ids, Counters counters) {
    this.counters = counters;
    this.network = network;
    this.clock = clock;
    this.ids = ids;
    spread = network.spread();
    ipv4 = new Ports(IpFamily.IPV4);
    ipv6 = new Ports(IpFamily.IPV6);
  }

  /**
   * Begins to ask {@code query}, a whole message with one uncompressed question in lower case.
   * Nothing is sent yet; whoever begins must close.
   *
   * @param mixCase whether letters go out in either case by chance and must come back so
   */
  public Asking begin(byte[] query, boolean mixCase) {
    return new Asking(query, mixCase);
  }

  /** 0 to 65535 by chance: for waits that shall not keep step. */
  public int chance() {
    return ids.next();
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
    private final boolean mixCase;
    private final List<UdpShot> shots = new ArrayList<>(2);
    private CompletableFuture<Outcome> news = new CompletableFuture<>();

    private Asking(byte[] query, boolean mixCase) {
      this.query = query;
      this.mixCase = mixCase;
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
            "cannot send to " + Endpoint.text(server) + ": " + Errno.describe(errno));
      }
    }

    private UdpShot shotTo(InetSocketAddress server) throws IOException {
      for (UdpShot shot : shots) {
        if (shot.server().equals(server)) {
          return shot;
        }
      }
      UdpShot shot =
          mixCase ? UdpShot.mixed(this, query, server, ids) : UdpShot.plain(this, query, server);
      Ports ports = IpFamily.of(server.getAddress()) == IpFamily.IPV4 ? ipv4 : ipv6;
      ports.register(shot);
      shots.add(shot);
      return shot;
    }

    /**
     * Blocks until there is news or {@code deadlineNanos} of the clock has come; may be called
     * again.
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
      news = new CompletableFuture<>();
      return outcome;
    }

    /** Called by the reactor. An answer takes the place of other news nobody has read yet. */
    synchronized void tell(Outcome outcome) {
      if (!news.complete(outcome)
          && outcome instanceof Outcome.Answered
          && !(news.resultNow() instanceof Outcome.Answered)) {
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
    private final @Nullable UdpPort[] open = new UdpPort[spread.ports()];
    private final ReentrantLock lock = new ReentrantLock();
    private boolean closed;

    Ports(IpFamily family) {
      this.family = family;
    }

    void register(UdpShot shot) throws IOException {
      for (int i = 0; i < PICKS; i++) {
        if (pick().register(shot, ids)) {
          return;
        }
      }
      throw new IOException("too many questions are under way");
    }

    private UdpPort pick() throws IOException {
      int i = ids.next() & spread.ports() - 1;
      lock.lock();
      try {
        if (closed) {
          throw new IOException("gander is shutting this path down");
        }
        UdpPort port = open[i];
        long now = clock.nanoTime();
        if (port == null || port.isSpent(now, spread.maxUses(), spread.maxAge().toNanos())) {
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
        for (int i = 0; i < open.length; i++) {
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
