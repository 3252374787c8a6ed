package dev.gander.group;

import dev.gander.clock.Clock;
import dev.gander.group.UseHealth.State;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When which node is checked. One virtual thread waits for what is due and starts another for each
 * check.
 *
 * <p>Nodes that carry traffic are checked each {@code check_interval}, and at once when traffic
 * fails. The others take turns at {@link #SPACING}, so that a thousand of them cost no more than a
 * hundred. A node that is dead is checked after 10 s, 20 s, and so on.
 */
final class HealthChecks implements NodeHealth.Rechecks, AutoCloseable {

  /** Checks under way at most. */
  static final int AT_ONCE = 32;

  /** Between the beginnings of two checks of nodes without traffic. */
  static final Duration SPACING = Duration.ofMillis(100);

  /** The same for the first check of each. */
  static final Duration FIRST_SPACING = Duration.ofMillis(10);

  /** Between two checks because of failed traffic. */
  static final Duration COOLDOWN = Duration.ofSeconds(2);

  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(10);
  private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(5);
  private static final double JITTER = 0.1;

  /** One thing to ask through one node, over and over. */
  private static final class Checkup {
    private final int number;
    private final NodeHealth node;
    private final Probe probe;
    private long dueNanos;
    private long startedNanos;
    private boolean started;
    private boolean urgent;
    private boolean running;
    private @Nullable CompletableFuture<@Nullable Void> done;

    Checkup(int number, NodeHealth node, Probe probe, long dueNanos) {
      this.number = number;
      this.node = node;
      this.probe = probe;
      this.dueNanos = dueNanos;
    }

    /** What its outcome says something about; the uses have it in common. */
    UseHealth health() {
      return node.of(probe.uses().iterator().next());
    }

    boolean carriesTraffic() {
      for (Use use : probe.uses()) {
        if (node.of(use).carriedWithin(node.terms().interval())) {
          return true;
        }
      }
      return false;
    }
  }

  private final Prober prober;
  private final Clock clock;
  private final Executor threads;
  private final RandomGenerator random;
  private final Counters counters;

  private final ProvenTargets proven = new ProvenTargets();
  private final Map<NodeHealth, List<Checkup>> checkups = new HashMap<>();

  /** Those that wait, by their time: what matters now, and the others. */
  private final NavigableSet<Checkup> first = new TreeSet<>(byTime());

  private final NavigableSet<Checkup> others = new TreeSet<>(byTime());
  private CompletableFuture<@Nullable Void> news = new CompletableFuture<>();
  private int numbers;
  private int running;
  private long nextOtherNanos;
  private boolean closed;

  HealthChecks(
      Prober prober, Clock clock, Executor threads, RandomGenerator random, Counters counters) {
    this.prober = prober;
    this.clock = clock;
    this.threads = threads;
    this.random = random;
    this.counters = counters;
    nextOtherNanos = clock.nanoTime();
  }

  private static Comparator<Checkup> byTime() {
    return Comparator.<Checkup>comparingLong(it -> it.dueNanos).thenComparingInt(it -> it.number);
  }

  /** Takes over which targets earlier checks have reached. */
  void learnFrom(HealthChecks before) {
    proven.learnFrom(before.proven);
  }

  /** Begins with the nodes that have been and will be added; returns at once, and only once. */
  void start() {
    threads.execute(this::run);
  }

  /** Has these nodes, which are not checked yet, checked from now on; returns at once. */
  synchronized void add(Collection<NodeHealth> nodes) {
    Map<CheckTerms, List<Probe>> byTerms = new HashMap<>();
    List<List<Probe>> probes = new ArrayList<>();
    nodes.forEach(it -> probes.add(byTerms.computeIfAbsent(it.terms(), Probe::of)));
    int most = probes.stream().mapToInt(List::size).max().orElse(0);
    // All nodes by the first probe, then all by the second: something is soon known of each.
    for (int i = 0; i < most; i++) {
      int node = 0;
      for (NodeHealth health : nodes) {
        List<Probe> own = probes.get(node++);
        if (i < own.size()) {
          Checkup checkup = new Checkup(numbers++, health, own.get(i), clock.nanoTime());
          checkups.computeIfAbsent(health, _ -> new ArrayList<>()).add(checkup);
          others.add(checkup);
        }
      }
    }
    news.complete(null);
  }

  /** Checks these no more; checks under way end by themselves. */
  synchronized void remove(Collection<NodeHealth> nodes) {
    for (NodeHealth node : nodes) {
      List<Checkup> gone = checkups.remove(node);
      if (gone != null) {
        gone.forEach(first::remove);
        gone.forEach(others::remove);
      }
    }
  }

  private void run() {
    try {
      while (true) {
        CompletableFuture<?> change;
        long next;
        synchronized (this) {
          if (closed) {
            return;
          }
          news = new CompletableFuture<>();
          change = news;
          next = startWhatIsDue(clock.nanoTime());
        }
        boolean _ = clock.await(change, next);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RejectedExecutionException e) {
      // The process ends.
    }
  }

  /** Returns when to look again. */
  private long startWhatIsDue(long now) {
    while (running < AT_ONCE) {
      Checkup checkup = due(first, now);
      if (checkup == null && now - nextOtherNanos >= 0) {
        checkup = due(others, now);
        if (checkup != null) {
          nextOtherNanos = now + (checkup.started ? SPACING : FIRST_SPACING).toNanos();
        }
      }
      if (checkup == null) {
        break;
      }
      start(checkup, now);
    }
    long next = now + Duration.ofHours(1).toNanos();
    if (running == AT_ONCE) {
      return next;
    }
    if (!first.isEmpty()) {
      next = Math.min(next, first.first().dueNanos);
    }
    return others.isEmpty()
        ? next
        : Math.min(next, Math.max(others.first().dueNanos, nextOtherNanos));
  }

  private static @Nullable Checkup due(NavigableSet<Checkup> queue, long now) {
    return queue.isEmpty() || queue.first().dueNanos - now > 0 ? null : queue.pollFirst();
  }

  private void start(Checkup checkup, long now) {
    checkup.startedNanos = now;
    checkup.started = true;
    checkup.urgent = false;
    checkup.running = true;
    running++;
    counters.add(Counter.NODE_CHECKS);
    threads.execute(() -> check(checkup));
  }

  private void check(Checkup checkup) {
    boolean changed = false;
    try {
      long deadline = clock.nanoTime() + UseHealth.TIMEOUT.toNanos();
      long took = prober.probe(checkup.node.node(), checkup.probe, deadline);
      changed = checkup.health().state() == State.DEAD;
      proven.reached(checkup.probe);
      checkup.probe.uses().forEach(use -> checkup.node.checkWorked(use, took));
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage());
      if (proven.isProven(checkup.probe) || NodeFault.is(e)) {
        changed = failed(checkup, why);
      } else {
        provedNothing(checkup, why);
      }
    } catch (RuntimeException e) {
      // Netty throws when its threads have ended, which they do before this does.
      changed = failed(checkup, "an error of gander's own: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended(checkup, changed);
    }
  }

  /** No node has ever reached what was asked. */
  private void provedNothing(Checkup checkup, String why) {
    counters.add(Counter.NODE_CHECKS_UNPROVEN);
    proven.missed(checkup.probe, checkup.node, asking(checkup.probe), why);
    checkup.probe.uses().forEach(use -> checkup.node.checkProvedNothing(use, why));
  }

  /** How many nodes are to reach it. */
  private synchronized int asking(Probe probe) {
    int nodes = 0;
    for (List<Checkup> each : checkups.values()) {
      for (Checkup checkup : each) {
        nodes += checkup.probe.equals(probe) ? 1 : 0;
      }
    }
    return nodes;
  }

  /** True if that is how the node's death became known. */
  private boolean failed(Checkup checkup, String why) {
    counters.add(Counter.NODE_CHECKS_FAILED);
    boolean died = false;
    for (Use use : checkup.probe.uses()) {
      died |= checkup.node.checkFailed(use, why);
    }
    if (died) {
      counters.add(Counter.NODE_DEATHS);
    }
    return died;
  }

  /**
   * Sets the time of the next.
   *
   * @param changed whether the node died or came back: then its other uses are likely to have, too
   */
  private synchronized void ended(Checkup checkup, boolean changed) {
    running--;
    checkup.running = false;
    int failures = checkup.health().failuresInARow();
    Duration wait = failures == 0 ? checkup.node.terms().interval() : backoff(failures);
    checkup.dueNanos = clock.nanoTime() + jittered(wait);
    CompletableFuture<@Nullable Void> done = checkup.done;
    if (done != null) {
      checkup.done = null;
      done.complete(null);
    }
    if (checkup.urgent) {
      checkup.dueNanos = checkup.startedNanos + COOLDOWN.toNanos();
    }
    if (checkups.containsKey(checkup.node)) {
      (checkup.urgent || checkup.carriesTraffic() ? first : others).add(checkup);
    }
    if (changed) {
      boolean dead = checkup.health().state() == State.DEAD;
      for (Checkup other : checkups.getOrDefault(checkup.node, List.of())) {
        if (other.started && (other.health().state() == State.DEAD) != dead) {
          hasten(other, other.startedNanos + COOLDOWN.toNanos());
        }
      }
    }
    news.complete(null);
  }

  private static Duration backoff(int failures) {
    Duration wait = FIRST_BACKOFF.multipliedBy(1L << Math.min(failures - 1, 10));
    return wait.compareTo(LONGEST_BACKOFF) < 0 ? wait : LONGEST_BACKOFF;
  }

  private long jittered(Duration wait) {
    return (long) (wait.toNanos() * (1 + JITTER * (2 * random.nextDouble() - 1)));
  }

  @Override
  public synchronized void urgently(NodeHealth node, Use use) {
    for (Checkup checkup : checkups.getOrDefault(node, List.of())) {
      if (checkup.probe.uses().contains(use)) {
        hasten(checkup, checkup.startedNanos + COOLDOWN.toNanos());
      }
    }
    news.complete(null);
  }

  /** Moves a checkup to the front, but not before {@code earliestNanos}. */
  private void hasten(Checkup checkup, long earliestNanos) {
    checkup.urgent = true;
    if (checkup.running) {
      return;
    }
    first.remove(checkup);
    others.remove(checkup);
    long now = clock.nanoTime();
    checkup.dueNanos = checkup.started ? Math.max(now, earliestNanos) : now;
    first.add(checkup);
  }

  /** Has all these nodes checked now; completes when each has been. */
  synchronized CompletableFuture<?> probe(Collection<NodeHealth> nodes) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (NodeHealth node : nodes) {
      for (Checkup checkup : checkups.getOrDefault(node, List.of())) {
        CompletableFuture<@Nullable Void> done = checkup.done;
        if (done == null) {
          done = new CompletableFuture<>();
          checkup.done = done;
        }
        all.add(done);
        hasten(checkup, clock.nanoTime());
      }
    }
    news.complete(null);
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  /** Nothing more is begun; checks under way end by themselves. */
  @Override
  public synchronized void close() {
    closed = true;
    first.clear();
    others.clear();
    checkups.clear();
    news.complete(null);
  }
}
