package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One upstream and how it does. Asked by itself it keeps its own account and fails at once while it
 * is known to be dead; in a group the contest keeps it. While its breaker is open, one virtual
 * thread probes it with questions of gander's own.
 */
final class Member implements Forwarder {

  /** The wait after the first probe, which leaves when the breaker opens; then doubled. */
  static final Duration FIRST_PAUSE = Duration.ofMillis(250);

  static final Duration LAST_PAUSE = Duration.ofSeconds(2);

  /**
   * Questions under way at one time: half of what clients may have under way, so that one upstream
   * that is silent leaves room for the others.
   */
  static final int MOST_UNDER_WAY = 8192;

  /** Every resolver knows the answer to this, most without asking. */
  private static final Question PROBE = Question.of(".", RecordType.NS);

  /**
   * The name a DNAME leads to is too long (RFC 6672 section 2.2): no other server could say else.
   */
  private static final Rcode YXDOMAIN = Rcode.of(6);

  private static final System.Logger LOG = System.getLogger("dev.gander.forward");

  private final Path path;
  private final Forwarder forwarder;
  private final Clock clock;
  private final Executor threads;
  private final Counters counters;
  private final PathHealth health;
  private final LongAdder asked = new LongAdder();
  private final LongAdder answered = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder hedged = new LongAdder();
  private final AtomicBoolean probing = new AtomicBoolean();
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile @Nullable UpstreamException lastFailure;

  /** For whom it was asked in vain last: rules may lead others another way. */
  private volatile Client lastClient = new Client();

  /** What it answered with an error while another gave an answer. */
  private volatile @Nullable Question badlyAnswered;

  /**
   * @param threads starts a virtual thread for probes
   */
  Member(Path path, Forwarder forwarder, Clock clock, Executor threads, Counters counters) {
    this.path = path;
    this.forwarder = forwarder;
    this.clock = clock;
    this.threads = threads;
    this.counters = counters;
    health = new PathHealth(clock);
  }

  String name() {
    return path.upstream();
  }

  PathHealth health() {
    return health;
  }

  /** Asks, on its own account: whatever is answered shows that it lives. */
  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    if (health.dead()) {
      counters.add(Counter.UPSTREAM_FAILED_FAST);
      throw new UpstreamException(lastError(), dead());
    }
    asked(false);
    long start = clock.nanoTime();
    try {
      Answer answer = ask(query, deadlineNanos);
      answered(clock.nanoTime() - start);
      return answer;
    } catch (InterruptedException e) {
      withdrawn();
      throw e;
    } catch (IOException e) {
      failed(e);
      throw e;
    }
  }

  /**
   * Asks, and keeps no account: the caller does, by the methods below.
   *
   * @throws UpstreamException at once if too many questions are under way here
   */
  Answer ask(Query query, long deadlineNanos) throws IOException, InterruptedException {
    if (underWay.incrementAndGet() > MOST_UNDER_WAY) {
      underWay.decrementAndGet();
      counters.add(Counter.UPSTREAM_CROWDED);
      throw new UpstreamException(
          ExtendedError.NETWORK_ERROR,
          "upstream '" + name() + "' has " + MOST_UNDER_WAY + " questions to answer already");
    }
    try {
      return forwarder.forward(query, deadlineNanos);
    } catch (IOException e) {
      lastClient = query.client();
      throw e;
    } finally {
      underWay.decrementAndGet();
    }
  }

  /** Before each question. */
  void asked(boolean hedge) {
    asked.increment();
    if (hedge) {
      hedged.increment();
    }
    probeIf(health.asked());
  }

  void answered(long nanos) {
    answered.increment();
    badlyAnswered = null;
    health.answered(nanos);
  }

  void failed(IOException why) {
    failed.increment();
    UpstreamException failure =
        why instanceof UpstreamException upstream
            ? upstream
            : new UpstreamException(
                ExtendedError.NETWORK_ERROR, "upstream '" + name() + "': " + why.getMessage());
    lastFailure = failure;
    probeIf(failure.isSick() ? health.sick() : health.failed());
  }

  /** It answered {@code question} with an error, and another did better. */
  void failed(Question question, Rcode rcode) {
    badlyAnswered = question;
    failed(
        new UpstreamException(
            ExtendedError.NETWORK_ERROR, "upstream '" + name() + "' answered " + rcode));
  }

  /** Another answered while it had been silent for so long. */
  void outpaced(long nanos) {
    probeIf(health.outpaced(nanos));
  }

  void withdrawn() {
    health.withdrawn();
  }

  /** What is said for it while it is not asked: the reason first, for long texts are cut. */
  String dead() {
    UpstreamException last = lastFailure;
    String why = last == null ? "upstream '" + name() + "' is silent" : last.getMessage();
    return why + "; it is not asked until it answers again";
  }

  ExtendedError lastError() {
    UpstreamException last = lastFailure;
    return last == null ? ExtendedError.NO_REACHABLE_AUTHORITY : last.error();
  }

  private void probeIf(boolean opened) {
    if (opened) {
      counters.add(Counter.UPSTREAM_BREAKERS_OPENED);
      LOG.log(System.Logger.Level.WARNING, dead());
      startProbing();
    }
  }

  private void startProbing() {
    if (probing.compareAndSet(false, true)) {
      try {
        threads.execute(this::probe);
      } catch (RejectedExecutionException e) {
        probing.set(false); // gander is stopping
      }
    }
  }

  /** One probe at a time, further and further apart, until the breaker closes. */
  private void probe() {
    Duration pause = FIRST_PAUSE;
    try {
      for (int i = 0; !health.admits(); i++) {
        if (probeOnce(i)) {
          health.close();
          LOG.log(System.Logger.Level.INFO, "upstream ''{0}'' answers again", name());
        } else {
          health.probeFailed();
          clock.sleep(pause);
          Duration next = pause.multipliedBy(2);
          pause = next.compareTo(LAST_PAUSE) < 0 ? next : LAST_PAUSE;
        }
      }
    } catch (InterruptedException e) {
      return; // gander is stopping
    }
    probing.set(false);
    if (!health.admits()) {
      startProbing();
    }
  }

  /**
   * Goes the way of the question that failed. Any answer will do for one that was silent. One that
   * answered badly must do better, if not to the question it failed at, which may have no better
   * answer, then to another.
   */
  private boolean probeOnce(int turn) throws InterruptedException {
    Question bad = badlyAnswered;
    Question question = bad != null && turn % 2 == 1 ? bad : PROBE;
    counters.add(Counter.UPSTREAM_PROBES);
    health.probing();
    try {
      Duration patience = PathHealth.SILENCE.plus(grace());
      long deadline = clock.nanoTime() + patience.toNanos();
      Answer answer = ask(Query.own(question, false, lastClient), deadline);
      return bad == null || isGood(answer);
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether an answer is one, and not an error another server might not have. */
  static boolean isGood(Answer answer) {
    return !answer.truncated()
        && (answer.kind() != Answer.Kind.FAILURE || answer.rcode().equals(YXDOMAIN));
  }

  UpstreamStatus status() {
    Latency latency = health.latency();
    String known = latency.known() ? "ok" : "unknown";
    return new UpstreamStatus(
        name(),
        path.exit(),
        path.transport(),
        path.family(),
        health.dead() ? "dead" : health.admits() ? known : "suspect",
        latency.smoothedNanos(),
        latency.p95Nanos(),
        asked.sum(),
        answered.sum(),
        failed.sum(),
        hedged.sum(),
        health.breaker().name().toLowerCase(Locale.ROOT),
        "",
        trouble());
  }

  private String trouble() {
    UpstreamException last = lastFailure;
    return health.admits() || last == null ? "" : String.valueOf(last.getMessage());
  }

  @Override
  public Duration grace() {
    return forwarder.grace();
  }

  @Override
  public boolean ready() {
    return forwarder.ready();
  }

  /** What shows then counts as a failed question: nobody need ask to find out. */
  void warmUp() {
    forwarder.warmUp(this::failed);
  }

  @Override
  public void close() {
    forwarder.close();
  }
}
