package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.encrypted.Session;
import dev.gander.encrypted.SessionException;
import dev.gander.encrypted.Sessions;
import dev.gander.message.ExtendedError;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.proxy.HappyEyeballs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The connections to one upstream, two at most. They are made ahead of need: at start, and again
 * when one has ended while the upstream is in use. Any thread.
 */
final class WarmSessions implements AutoCloseable {

  /** Makes what opens sessions, when first needed; asked again only if it could not. */
  interface Opener {
    Sessions get() throws IOException;
  }

  private static final int MOST = 2;

  /** An upstream that was asked so recently gets a new connection when the server ends the old. */
  private static final Duration IN_USE = Duration.ofMinutes(1);

  /** For one address to take the connection and shake hands. */
  private static final Duration CONNECT = Duration.ofSeconds(3);

  /** A server that restarts is away so long; whoever asks meanwhile waits for it. */
  static final Duration RESTART = Duration.ofSeconds(3);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

  /** A server that is back must not be found out late: each pause is time that questions wait. */
  private static final Duration LAST_PAUSE = Duration.ofMillis(200);

  /** After a failure nobody tries again for so long: questions fail at once. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private static final System.Logger LOG = System.getLogger("dev.gander.forward");

  private final Servers servers;
  private final Opener opener;
  private final Clock clock;
  private final Counters counters;
  private volatile @Nullable Sessions maker;
  private final List<Session> sessions = new ArrayList<>();
  private @Nullable CompletableFuture<Session> connecting;
  private @Nullable Thread connector;
  private @Nullable SessionException failure;
  private long failedNanos;
  private long downSinceNanos;
  private volatile long usedNanos;
  private volatile boolean waiting;
  private boolean closed;

  WarmSessions(Servers servers, Opener opener, Clock clock, Counters counters) {
    this.servers = servers;
    this.opener = opener;
    this.clock = clock;
    this.counters = counters;
    usedNanos = clock.nanoTime() - 2 * IN_USE.toNanos();
  }

  /** Whether the server has taken no connection just now, and is tried again and again. */
  boolean isWaitingForTheServer() {
    return waiting;
  }

  void warmUp() {
    usedNanos = clock.nanoTime();
    synchronized (this) {
      if (usable(null) == null && !closed) {
        var _ = connect();
      }
    }
  }

  /**
   * A session that takes questions, any but {@code not}; waits for one that is being made.
   *
   * @throws IOException if there is none to be had
   */
  Session session(@Nullable Session not, long deadlineNanos)
      throws IOException, InterruptedException {
    usedNanos = clock.nanoTime();
    CompletableFuture<Session> made;
    synchronized (this) {
      Session known = usable(not);
      if (known != null) {
        return known;
      }
      SessionException last = failure;
      if (closed) {
        throw new UpstreamException(ExtendedError.NOT_READY, "gander is shutting this path down");
      }
      if (connecting == null && last != null && usedNanos - failedNanos < PAUSE.toNanos()) {
        throw last;
      }
      made = connect();
    }
    if (!clock.await(made, deadlineNanos)) {
      throw new UpstreamException(
          ExtendedError.NO_REACHABLE_AUTHORITY,
          "upstream '" + servers.name() + "' took no connection in time");
    }
    try {
      return made.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private @Nullable Session usable(@Nullable Session not) {
    sessions.removeIf(it -> !it.open());
    for (Session each : sessions) {
      if (!each.equals(not)) {
        return each;
      }
    }
    return null;
  }

  /** It was silent while another answered. */
  synchronized void suspect(Session session) {
    if (sessions.remove(session)) {
      session.retire();
    }
  }

  /** Starts to connect, unless that is under way. Called with the lock held. */
  private CompletableFuture<Session> connect() {
    CompletableFuture<Session> known = connecting;
    if (known == null) {
      known = new CompletableFuture<>();
      connecting = known;
      CompletableFuture<Session> result = known;
      connector = Thread.ofVirtual().name("gander-connect").start(() -> run(result));
    }
    return known;
  }

  private void run(CompletableFuture<Session> result) {
    try {
      Session session = untilRestarted();
      if (keep(session)) {
        result.complete(session);
      } else {
        session.close();
      }
    } catch (SessionException e) {
      fail(result, e);
    } catch (IOException | RuntimeException e) {
      failed(null);
      result.completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      // Without a result only when this path is shut down.
      result.completeExceptionally(
          new UpstreamException(ExtendedError.NOT_READY, "gander is shutting this path down"));
    }
  }

  /** Tries again while the server may be restarting. */
  private Session untilRestarted() throws IOException, InterruptedException {
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        return anyAddress();
      } catch (SessionException e) {
        if (e.isFinal() || isDownFor(RESTART)) {
          throw e;
        }
        waiting = true;
        clock.sleep(pause);
        Duration next = pause.multipliedBy(2);
        pause = next.compareTo(LAST_PAUSE) < 0 ? next : LAST_PAUSE;
      }
    }
  }

  private synchronized boolean isDownFor(Duration time) {
    long now = clock.nanoTime();
    if (failure == null && downSinceNanos == 0) {
      downSinceNanos = now;
    }
    return now - downSinceNanos >= time.toNanos();
  }

  private Session anyAddress() throws IOException, InterruptedException {
    List<InetSocketAddress> addresses = servers.inOrder(clock.nanoTime() + CONNECT.toNanos());
    if (addresses.isEmpty()) {
      throw new UpstreamException(
          ExtendedError.NETWORK_ERROR, "upstream '" + servers.name() + "' has no address");
    }
    Sessions made = maker();
    try {
      return addresses.size() == 1 ? open(made, addresses.getFirst()) : race(made, addresses);
    } catch (SessionException e) {
      servers.failed();
      throw e;
    }
  }

  private Session open(Sessions made, InetSocketAddress address)
      throws IOException, InterruptedException {
    counters.add(Counter.UPSTREAM_CONNECTIONS);
    Session session = made.open(address, clock.nanoTime() + CONNECT.toNanos());
    servers.answered(address);
    return session;
  }

  /** Whoever shakes hands first. */
  private Session race(Sessions made, List<InetSocketAddress> addresses)
      throws IOException, InterruptedException {
    CompletableFuture<Session> race =
        HappyEyeballs.race(addresses, clock, it -> opening(made, it), Session::close);
    try {
      return race.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      race.cancel(false);
    }
  }

  private CompletableFuture<Session> opening(Sessions made, InetSocketAddress address) {
    CompletableFuture<Session> result = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual()
            .name("gander-connect")
            .start(() -> {
              try {
                Session session = open(made, address);
                if (!result.complete(session)) {
                  session.close();
                }
              } catch (IOException | RuntimeException e) {
                result.completeExceptionally(e);
              } catch (InterruptedException e) {
                result.cancel(false);
              }
            });
    var _ =
        result.whenComplete((_, _) -> {
          if (result.isCancelled()) {
            thread.interrupt();
          }
        });
    return result;
  }

  /** Called by the one thread that connects. */
  private Sessions maker() throws IOException {
    Sessions known = maker;
    if (known == null) {
      known = opener.get();
      maker = known;
      Sessions made = known;
      known.whenBetter(() -> Thread.ofVirtual().name("gander-lift").start(() -> openBetter(made)));
    }
    return known;
  }

  /** The server has offered a better transport; questions go on over what there is meanwhile. */
  private void openBetter(Sessions made) {
    try {
      long deadline = clock.nanoTime() + CONNECT.toNanos();
      List<InetSocketAddress> addresses = servers.inOrder(deadline);
      if (!addresses.isEmpty()) {
        counters.add(Counter.UPSTREAM_CONNECTIONS);
        Session session = made.openBetter(addresses.getFirst(), deadline);
        if (!add(session)) {
          session.close();
        }
      }
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.DEBUG,
          "upstream ''{0}'' offers more than it keeps: {1}",
          servers.name(),
          e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean keep(Session session) {
    connecting = null;
    waiting = false;
    failure = null;
    downSinceNanos = 0;
    return add(session);
  }

  /** The newest is asked first; false if this path is shut down. */
  private boolean add(Session session) {
    List<Session> surplus = new ArrayList<>();
    synchronized (this) {
      if (closed) {
        return false;
      }
      sessions.removeIf(it -> !it.open());
      sessions.addFirst(session);
      while (sessions.size() > MOST) {
        surplus.add(sessions.removeLast());
      }
    }
    surplus.forEach(Session::retire);
    var _ = session.closed().thenRun(() -> Thread.ofVirtual().start(() -> ended(session)));
    LOG.log(
        System.Logger.Level.DEBUG,
        "upstream ''{0}'': connected by {1}",
        servers.name(),
        session.handshake().transport());
    return true;
  }

  private void fail(CompletableFuture<Session> result, SessionException e) {
    boolean news = failed(e);
    if (news) {
      LOG.log(System.Logger.Level.WARNING, "upstream ''{0}'': {1}", servers.name(), e.getMessage());
    }
    result.completeExceptionally(e);
  }

  /** Whether this is another failure than the last. */
  private synchronized boolean failed(@Nullable SessionException e) {
    connecting = null;
    waiting = false;
    SessionException before = failure;
    failure = e;
    failedNanos = clock.nanoTime();
    return e != null
        && (before == null
            || !String.valueOf(before.getMessage()).equals(String.valueOf(e.getMessage())));
  }

  /** The next question shall find a connection. */
  private synchronized void ended(Session session) {
    sessions.remove(session);
    if (!closed
        && session.answered() > 0
        && sessions.isEmpty()
        && clock.nanoTime() - usedNanos < IN_USE.toNanos()
        && failure == null) {
      var _ = connect();
    }
  }

  @Override
  public void close() {
    List<Session> open;
    Thread thread;
    synchronized (this) {
      closed = true;
      open = List.copyOf(sessions);
      sessions.clear();
      thread = connector;
    }
    if (thread != null) {
      thread.interrupt();
    }
    open.forEach(Session::close);
  }
}
