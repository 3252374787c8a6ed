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
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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

  /** Connections for one question each, all at once. */
  private static final int MOST_ALONE = 8;

  /** An upstream that was asked so recently gets a new connection when the server ends the old. */
  private static final Duration IN_USE = Duration.ofMinutes(1);

  /** For one address to take the connection and shake hands. */
  private static final Duration CONNECT = Duration.ofSeconds(3);

  /** After a failure nobody tries again for so long: questions fail at once. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private static final System.Logger LOG = System.getLogger("dev.gander.forward");

  private final Servers servers;
  private final Opener opener;
  private final Clock clock;
  private final Counters counters;
  private volatile @Nullable Sessions maker;
  private final Restart restart;
  private final Semaphore alone = new Semaphore(MOST_ALONE);
  private final List<WarmSession> sessions = new ArrayList<>();
  private @Nullable CompletableFuture<WarmSession> connecting;
  private @Nullable Thread connector;
  private @Nullable SessionException failure;
  private long failedNanos;
  private volatile long usedNanos;
  private boolean closed;

  WarmSessions(Servers servers, Opener opener, Clock clock, Counters counters) {
    this.servers = servers;
    this.opener = opener;
    this.clock = clock;
    this.counters = counters;
    restart = new Restart(clock);
    usedNanos = clock.nanoTime() - 2 * IN_USE.toNanos();
  }

  /** Whether the server has taken no connection just now, and is tried again and again. */
  boolean isWaitingForTheServer() {
    return restart.isWaitedFor();
  }

  /**
   * Has a connection made, unless one stands; does not block.
   *
   * @param refused told if the server's certificate is not trusted
   */
  void warmUp(Consumer<SessionException> refused) {
    usedNanos = clock.nanoTime();
    synchronized (this) {
      if (usable(null) == null && !closed) {
        var _ =
            connect()
                .whenComplete((_, e) -> {
                  if (e instanceof SessionException why
                      && why.remedy() == SessionException.Remedy.NEW_CERTIFICATE) {
                    refused.accept(why);
                  }
                });
      }
    }
  }

  /**
   * A session that takes questions, any but {@code not}; waits for one that is being made.
   *
   * @throws IOException if there is none to be had
   */
  WarmSession session(@Nullable WarmSession not, long deadlineNanos)
      throws IOException, InterruptedException {
    usedNanos = clock.nanoTime();
    CompletableFuture<WarmSession> made;
    synchronized (this) {
      WarmSession known = usable(not);
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
      throw tookNone();
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

  /** A connection for one question. */
  final class Alone implements AutoCloseable {
    private final Session session;

    private Alone(Session session) {
      this.session = session;
    }

    Session session() {
      return session;
    }

    @Override
    public void close() {
      session.close();
      alone.release();
    }
  }

  /**
   * A connection that nobody else asks on, for a server that has ended others with answers missing;
   * waits while there are as many as may be.
   *
   * @throws IOException if there is none to be had
   */
  Alone alone(long deadlineNanos) throws IOException, InterruptedException {
    if (!alone.tryAcquire(deadlineNanos - clock.nanoTime(), TimeUnit.NANOSECONDS)) {
      throw tookNone();
    }
    boolean made = false;
    try {
      Alone one = new Alone(anyAddress());
      made = true;
      return one;
    } finally {
      if (!made) {
        alone.release();
      }
    }
  }

  private UpstreamException tookNone() {
    return new UpstreamException(
        ExtendedError.NO_REACHABLE_AUTHORITY,
        "upstream '" + servers.name() + "' took no connection in time");
  }

  private @Nullable WarmSession usable(@Nullable WarmSession not) {
    sessions.removeIf(it -> !it.session.open());
    for (WarmSession each : sessions) {
      if (each != not) {
        return each;
      }
    }
    return null;
  }

  /** It was silent while another answered: who waits on it is to ask again. */
  synchronized void giveUp(WarmSession silent) {
    sessions.remove(silent);
    silent.giveUp();
  }

  /** Starts to connect, unless that is under way. Called with the lock held. */
  private CompletableFuture<WarmSession> connect() {
    CompletableFuture<WarmSession> known = connecting;
    if (known == null) {
      known = new CompletableFuture<>();
      connecting = known;
      CompletableFuture<WarmSession> result = known;
      connector = Thread.ofVirtual().name("gander-connect").start(() -> run(result));
    }
    return known;
  }

  private void run(CompletableFuture<WarmSession> result) {
    try {
      Session session = restart.waitOut(this::anyAddress, WarmSessions::mayPass);
      WarmSession kept = keep(session);
      if (kept != null) {
        result.complete(kept);
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

  private static boolean mayPass(IOException failure) {
    return failure instanceof SessionException e && !e.isFinal();
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
        if (add(session) == null) {
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

  private synchronized @Nullable WarmSession keep(Session session) {
    connecting = null;
    failure = null;
    return add(session);
  }

  /** The newest is asked first; null if this path is shut down. */
  private @Nullable WarmSession add(Session session) {
    WarmSession added = new WarmSession(session, clock.nanoTime());
    List<WarmSession> surplus = new ArrayList<>();
    synchronized (this) {
      if (closed) {
        return null;
      }
      sessions.removeIf(it -> !it.session.open());
      sessions.addFirst(added);
      while (sessions.size() > MOST) {
        surplus.add(sessions.removeLast());
      }
    }
    surplus.forEach(it -> it.session.retire());
    var _ = session.closed().thenRun(() -> Thread.ofVirtual().start(() -> ended(added)));
    LOG.log(
        System.Logger.Level.DEBUG,
        "upstream ''{0}'': connected by {1}",
        servers.name(),
        session.handshake().transport());
    return added;
  }

  private void fail(CompletableFuture<WarmSession> result, SessionException e) {
    boolean news = failed(e);
    if (news) {
      LOG.log(System.Logger.Level.WARNING, "upstream ''{0}'': {1}", servers.name(), e.getMessage());
    }
    result.completeExceptionally(e);
  }

  /** Whether this is another failure than the last. */
  private synchronized boolean failed(@Nullable SessionException e) {
    connecting = null;
    SessionException before = failure;
    failure = e;
    failedNanos = clock.nanoTime();
    return e != null
        && (before == null
            || !String.valueOf(before.getMessage()).equals(String.valueOf(e.getMessage())));
  }

  /** The next question shall find a connection. */
  private synchronized void ended(WarmSession warm) {
    sessions.remove(warm);
    if (!closed
        && warm.session.answered() > 0
        && sessions.isEmpty()
        && clock.nanoTime() - usedNanos < IN_USE.toNanos()
        && failure == null) {
      var _ = connect();
    }
  }

  @Override
  public void close() {
    List<WarmSession> open;
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
    open.forEach(it -> it.session.close());
  }
}
