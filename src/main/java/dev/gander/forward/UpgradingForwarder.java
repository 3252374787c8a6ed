package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.Endpoint;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.MalformedMessageException;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A plain upstream that is asked by the encrypted way it designates itself, once that has answered
 * with a certificate for the plain server's address (RFC 9462 section 4). It is asked for its ways
 * when gander starts, when what it said has ended, and when the way in use fails. Until what it
 * said has ended nothing but another encrypted way takes the place of one.
 */
final class UpgradingForwarder implements Forwarder, ByExit {

  /** Makes a forwarder of an upstream, as the configuration has it asked. */
  interface Maker {
    Forwarder make(Upstream upstream, Servers servers);
  }

  /** For the plain server; and each way must answer it, whatever it says, before it is used. */
  private static final Question WAYS = Question.of("_dns.resolver.arpa", RecordType.SVCB);

  /** For the server to tell its ways, and again for each of them to answer. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** How long first questions wait for a way, so that a reload asks nothing plainly. */
  static final Duration HEAD_START = Duration.ofMillis(500);

  /** Where the server did not say anything, or a way in use fails. */
  static final Duration AGAIN = Duration.ofSeconds(30);

  /** The same where no question can be asked until it does. */
  private static final Duration SOON = Duration.ofSeconds(2);

  /** Bounds of how long what it says holds; RFC 9462 section 4.2 lets us ask sooner. */
  static final Duration LEAST = Duration.ofMinutes(1);

  static final Duration MOST = Duration.ofHours(1);

  /** A way that is no longer used may have questions to answer. */
  private static final Duration FAREWELL = Duration.ofSeconds(10);

  private static final System.Logger LOG = System.getLogger("dev.gander.forward");

  /**
   * The encrypted way in use.
   *
   * @param upstream as if it were written in the configuration
   * @param untilNanos while what the server said holds
   */
  private record Encrypted(
      Designation by, Upstream upstream, Forwarder forwarder, long untilNanos) {
    Encrypted until(long nanos) {
      return new Encrypted(by, upstream, forwarder, nanos);
    }

    String text() {
      return upstream.scheme().scheme() + "://" + authority() + upstream.path();
    }

    private String authority() {
      String host = upstream.host();
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + upstream.port();
    }
  }

  /**
   * @param encrypted null while the upstream is asked plainly
   * @param why it is; empty while that is not known yet
   */
  private record State(@Nullable Encrypted encrypted, String why) {}

  private enum Wish {
    TRUE,
    REQUIRED,
    OPPORTUNISTIC
  }

  private final Upstream upstream;
  private final Forwarder plain;
  private final InetSocketAddress address;
  private final Wish wish;
  private final Maker maker;
  private final Executor threads;
  private final Clock clock;
  private final Counters counters;
  private final CompletableFuture<Void> firstLook = new CompletableFuture<>();
  private final Set<Forwarder> leaving = new HashSet<>();
  private volatile State state = new State(null, "");
  private volatile long lookedNanos;
  private volatile long begunNanos;
  private volatile boolean begun;
  private boolean looking;
  private boolean closed;
  private Clock.@Nullable Alarm next;

  /**
   * @param upstream has the option {@code ddr} and one address
   * @param plain asks it as it is written
   * @param maker makes what asks the server by an encrypted way
   * @param threads starts a virtual thread to look for ways
   */
  UpgradingForwarder(
      Upstream upstream,
      Forwarder plain,
      Maker maker,
      Executor threads,
      Clock clock,
      Counters counters) {
    this.upstream = upstream;
    this.plain = plain;
    this.maker = maker;
    this.threads = threads;
    this.clock = clock;
    this.counters = counters;
    address = new InetSocketAddress(upstream.onlyAddress().orElseThrow(), upstream.port());
    wish = Wish.valueOf(upstream.option("ddr").orElseThrow().toUpperCase(Locale.ROOT));
  }

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    if (!begun) {
      look();
    }
    boolean looked = firstLook.isDone() || clock.await(firstLook, patientUntil(deadlineNanos));
    State known = state;
    Encrypted now = known.encrypted();
    if (now == null && wish == Wish.REQUIRED) {
      throw noWay(looked, known.why());
    }
    if (now == null) {
      return plain.forward(query, deadlineNanos);
    }
    try {
      return now.forwarder().forward(query, deadlineNanos);
    } catch (UpstreamException e) {
      if (clock.nanoTime() - lookedNanos > AGAIN.toNanos()) {
        look();
      }
      throw e;
    }
  }

  private long patientUntil(long deadlineNanos) {
    long until = begunNanos + HEAD_START.toNanos();
    return wish == Wish.REQUIRED || until - deadlineNanos > 0 ? deadlineNanos : until;
  }

  private UpstreamException noWay(boolean looked, String why) {
    return new UpstreamException(
        looked ? ExtendedError.NETWORK_ERROR : ExtendedError.NO_REACHABLE_AUTHORITY,
        "upstream '"
            + upstream.name()
            + "' must be asked by an encrypted way (ddr=required): "
            + (looked ? why : "it has not said in time which there are"));
  }

  /** Has the server asked for its ways, unless that is under way; does not block. */
  private void look() {
    synchronized (this) {
      if (looking || closed) {
        return;
      }
      looking = true;
      if (!begun) {
        begunNanos = clock.nanoTime();
        begun = true;
      }
      cancelNext();
    }
    try {
      threads.execute(this::lookNow);
    } catch (RejectedExecutionException e) {
      firstLook.complete(null); // gander is stopping
    }
  }

  private void lookNow() {
    Duration again = AGAIN;
    try {
      lookedNanos = clock.nanoTime();
      again = chooseAmong(plain.forward(Query.own(WAYS, false), lookedNanos + PATIENCE.toNanos()));
    } catch (IOException e) {
      again = nothingNew("it does not say: " + e.getMessage());
    } catch (InterruptedException e) {
      return; // gander is stopping
    } finally {
      lookAgain(again);
      firstLook.complete(null);
    }
  }

  private synchronized void lookAgain(Duration pause) {
    looking = false;
    if (!closed) {
      next = clock.alarm(lookedNanos + pause.toNanos(), this::look);
    }
  }

  /** Returns after how long, counted from this look, the server is asked again. */
  private Duration chooseAmong(Answer answer) throws InterruptedException {
    if (answer.kind() == Answer.Kind.FAILURE) {
      return nothingNew("it does not say: it answers " + answer.rcode());
    }
    Duration holds = holding(answer.ttl());
    List<Designation> ways;
    try {
      ways = Designation.of(answer);
    } catch (MalformedMessageException e) {
      return nothingOfUse(holds, String.valueOf(e.getMessage()));
    }
    if (ways.isEmpty()) {
      return nothingOfUse(
          holds,
          answer.answerCount() == 0
              ? "it designates no encrypted resolver"
              : "it designates no encrypted resolver in a way that is known here");
    }
    List<String> reasons = new ArrayList<>();
    for (boolean verified : wish == Wish.OPPORTUNISTIC ? List.of(true, false) : List.of(true)) {
      for (Designation way : ways) {
        Encrypted works = verified || mayTrust(way) ? tried(way, verified, reasons) : null;
        if (works != null) {
          use(works.until(lookedNanos + holds.toNanos()));
          return holds;
        }
      }
    }
    return nothingOfUse(holds, String.join("; ", reasons));
  }

  private static Duration holding(int seconds) {
    Duration ttl = Duration.ofSeconds(seconds);
    return ttl.compareTo(LEAST) < 0 ? LEAST : ttl.compareTo(MOST) > 0 ? MOST : ttl;
  }

  /** RFC 9462 section 4.3: who can answer at this address already, and it is of our own network. */
  private boolean mayTrust(Designation way) {
    return Upstream.isPrivate(address.getAddress())
        && (way.target().equals(Designation.ITSELF)
            || way.hints().isEmpty()
            || way.hints().contains(address.getAddress()));
  }

  /** The way in use if it is this one, else a new one; null if it does not answer. */
  private @Nullable Encrypted tried(Designation way, boolean verified, List<String> reasons)
      throws InterruptedException {
    String target =
        way.target().equals(Designation.ITSELF)
            ? Endpoint.text(address.getAddress())
            : way.target();
    Upstream as = upstream.designating(way.scheme(), target, way.port(), way.path(), verified);
    Encrypted used = state.encrypted();
    boolean inUse = used != null && used.by().equals(way) && used.upstream().equals(as);
    Forwarder forwarder =
        used != null && inUse ? used.forwarder() : maker.make(as, servers(way, verified));
    boolean works = false;
    try {
      Answer _ = forwarder.forward(Query.own(WAYS, false), clock.nanoTime() + PATIENCE.toNanos());
      works = true;
      return new Encrypted(way, as, forwarder, 0);
    } catch (IOException e) {
      reasons.add(String.valueOf(e.getMessage()));
      return null;
    } finally {
      if (!works && !inUse) {
        forwarder.close();
      }
    }
  }

  /** Without a certificate only the address that was asked before is the same server. */
  private Servers servers(Designation way, boolean verified) {
    String name = upstream.name();
    if (!verified || way.target().equals(Designation.ITSELF)) {
      return Servers.literal(name, List.of(at(address.getAddress(), way)));
    }
    if (!way.hints().isEmpty()) {
      return Servers.literal(name, way.hints().stream().map(it -> at(it, way)).toList());
    }
    return new Servers(name, new ResolvedName(way.target(), way.port(), plain, threads, clock));
  }

  private static InetSocketAddress at(InetAddress host, Designation way) {
    return new InetSocketAddress(host, way.port());
  }

  private void use(Encrypted works) {
    Encrypted before = state.encrypted();
    if (before == null || !before.forwarder().equals(works.forwarder())) {
      counters.add(Counter.UPSTREAM_UPGRADES);
      LOG.log(
          System.Logger.Level.INFO,
          "upstream ''{0}'' is asked by {1}, which {2} designates",
          upstream.name(),
          works.text(),
          Endpoint.text(address));
    }
    become(new State(works, ""));
  }

  /** The server said nothing: what it said before goes on. */
  private Duration nothingNew(String why) {
    if (state.encrypted() != null) {
      return AGAIN;
    }
    goPlain(why);
    return wish == Wish.REQUIRED ? SOON : AGAIN;
  }

  /** What it says is of no use; what it said before holds until its end. */
  private Duration nothingOfUse(Duration holds, String why) {
    Encrypted before = state.encrypted();
    if (before != null && before.untilNanos() - clock.nanoTime() > 0) {
      Duration left = Duration.ofNanos(before.untilNanos() - lookedNanos);
      return left.compareTo(AGAIN) < 0 ? left : AGAIN;
    }
    goPlain(why);
    return holds;
  }

  private void goPlain(String why) {
    State before = state;
    if (before.encrypted() != null) {
      counters.add(Counter.UPSTREAM_DOWNGRADES);
    }
    if (!before.why().equals(why)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "upstream ''{0}'' {1}: {2}",
          upstream.name(),
          wish == Wish.REQUIRED ? "is not asked, for want of an encrypted way" : "is asked plainly",
          why);
    }
    become(new State(null, why));
  }

  /** The questions on the way so far are still answered. */
  private synchronized void become(State other) {
    Encrypted before = state.encrypted();
    Encrypted after = other.encrypted();
    if (closed) {
      if (after != null) {
        after.forwarder().close();
      }
      return;
    }
    state = other;
    if (before != null && (after == null || !after.forwarder().equals(before.forwarder()))) {
      Forwarder old = before.forwarder();
      leaving.add(old);
      Clock.Alarm _ = clock.alarm(clock.nanoTime() + FAREWELL.toNanos(), () -> leave(old));
    }
  }

  private void leave(Forwarder old) {
    old.close();
    synchronized (this) {
      leaving.remove(old);
    }
  }

  private void cancelNext() {
    Clock.Alarm alarm = next;
    if (alarm != null) {
      alarm.cancel();
    }
  }

  /** The way in use. */
  private Forwarder used() {
    Encrypted now = state.encrypted();
    return now == null ? plain : now.forwarder();
  }

  /** What is said of how it is asked: the transport, and by which way or why plainly. */
  UpstreamStatus shown(UpstreamStatus status) {
    State now = state;
    Encrypted encrypted = now.encrypted();
    if (encrypted == null) {
      String why = now.why().isEmpty() ? "not known yet" : now.why();
      return status.designated(status.transport(), "none: " + why);
    }
    return status.designated(encrypted.upstream().scheme().scheme(), encrypted.text());
  }

  @Override
  public String exits(Client client) {
    String ofPlain = plain instanceof ByExit routed ? routed.exits(client) : "";
    Forwarder now = used();
    return !now.equals(plain) && now instanceof ByExit routed
        ? ExitNames.joined(ofPlain, routed.exits(client))
        : ofPlain;
  }

  @Override
  public String lastOutbound() {
    return used() instanceof ByExit routed ? routed.lastOutbound() : "";
  }

  @Override
  public List<UpstreamStatus> status() {
    return used() instanceof ByExit routed ? routed.status() : List.of();
  }

  @Override
  public Duration grace() {
    return used().grace();
  }

  @Override
  public boolean ready() {
    return used().ready();
  }

  /** A way is proven before it is used, so it is warm, too. */
  @Override
  public void warmUp(Consumer<UpstreamException> sick) {
    plain.warmUp(sick);
    look();
  }

  @Override
  public void close() {
    List<Forwarder> all = new ArrayList<>();
    synchronized (this) {
      closed = true;
      cancelNext();
      all.addAll(leaving);
      all.add(used());
    }
    all.add(plain);
    all.forEach(Forwarder::close);
    firstLook.complete(null);
  }
}
