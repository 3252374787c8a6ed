package dev.gander.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.FakeClock;
import dev.gander.group.UseHealth.State;
import dev.gander.node.LinkException;
import dev.gander.node.ProxyLinks;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.proxy.UnreachableException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When what is checked; what the network says is scripted. */
class HealthChecksTest {

  private static final CheckTerms TERMS =
      new CheckTerms(
          List.of("http://192.0.2.80"), "HEAD", List.of("192.0.2.53:53"), Duration.ofSeconds(30));

  /** What a check completes when it begins. */
  private static final ThreadLocal<CompletableFuture<@Nullable Void>> BEGINS = new ThreadLocal<>();

  private final FakeClock clock = new FakeClock();
  private final Counters counters = new Counters();
  private final Script script = new Script();
  private final HealthChecks checks =
      new HealthChecks(script, clock, script::start, new Random(3), counters);

  /** A network in which some nodes are down and every answer takes 40 ms. */
  private final class Script implements Prober {

    private final Set<String> down = Collections.synchronizedSet(new HashSet<>());
    private final List<String> begun = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile boolean blocked;
    private final AtomicInteger most = new AtomicInteger();
    private volatile Duration latency = Duration.ofMillis(40);

    /** Completed when the check that was started last has begun; null before the first thread. */
    private @Nullable CompletableFuture<@Nullable Void> last;

    /** Checks of one moment begin in the order in which they are started. */
    synchronized void start(Runnable task) {
      CompletableFuture<@Nullable Void> before = last;
      CompletableFuture<@Nullable Void> mine = new CompletableFuture<>();
      last = mine;
      if (before == null) {
        // The thread that starts the checks.
        mine.complete(null);
        clock.startWorker(task);
        return;
      }
      clock.startWorker(() -> {
        before.join();
        BEGINS.set(mine);
        task.run();
      });
    }

    @Override
    public long probe(Node node, Probe probe, long deadlineNanos)
        throws IOException, InterruptedException {
      begun.add(node.name() + " " + probe.uses());
      BEGINS.get().complete(null);
      int _ = most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
      try {
        clock.sleep(latency);
      } finally {
        underWay.decrementAndGet();
      }
      if (down.contains(node.name())) {
        throw new UnreachableException("refused");
      }
      if (blocked) {
        throw new IOException("no answer in time");
      }
      return latency.toNanos();
    }

    List<String> takeBegun() {
      List<String> taken = List.copyOf(begun);
      begun.clear();
      return taken;
    }
  }

  @AfterEach
  void stop() {
    checks.close();
  }

  @Test
  void nodesThatComeAreCheckedAndThoseThatGoAreNot() throws Exception {
    List<NodeHealth> nodes = nodes(2);
    checks.add(nodes.subList(0, 1));
    checks.start();
    pass(Duration.ofSeconds(1));
    assertThat(script.takeBegun()).isNotEmpty().allMatch(it -> it.startsWith("n0 "));

    checks.add(nodes.subList(1, 2));
    checks.remove(nodes.subList(0, 1));
    pass(Duration.ofMinutes(1));
    assertThat(script.takeBegun()).isNotEmpty().allMatch(it -> it.startsWith("n1 "));
  }

  @Test
  void aTargetThatNobodyEverReachedProvesNothing() throws Exception {
    script.blocked = true;
    List<NodeHealth> nodes = nodes(2);
    checks.add(nodes);
    checks.start();
    pass(Duration.ofMinutes(2));

    assertThat(counters.get(Counter.NODE_CHECKS_UNPROVEN))
        .isPositive()
        .isEqualTo(counters.get(Counter.NODE_CHECKS));
    assertThat(counters.get(Counter.NODE_CHECKS_FAILED)).isZero();
    assertThat(nodes).allMatch(it -> it.of(Use.TCP4).state() == State.UNKNOWN);
    assertThat(nodes.getFirst().of(Use.TCP4).doubt()).isEqualTo("no answer in time");

    // Traffic says what checks cannot, and after a minute the node is tried again.
    nodes.getFirst().failed(Use.TCP4, "reset");
    pass(Duration.ofSeconds(50));
    assertThat(nodes.getFirst().of(Use.TCP4).state()).isEqualTo(State.SUSPECT);
    pass(Duration.ofSeconds(60));
    assertThat(nodes.getFirst().of(Use.TCP4).state()).isEqualTo(State.UNKNOWN);

    // A node that cannot be reached itself is dead all the same.
    script.down.add("n1");
    pass(Duration.ofSeconds(60));
    assertThat(nodes.get(1).of(Use.TCP4).state()).isEqualTo(State.DEAD);
    script.down.clear();

    // Once it works for one, failing counts for each.
    script.blocked = false;
    pass(Duration.ofMinutes(2));
    assertThat(nodes).allMatch(it -> it.of(Use.TCP4).state() == State.ALIVE);
    assertThat(nodes.getFirst().of(Use.TCP4).doubt()).isEmpty();
    script.blocked = true;
    pass(Duration.ofMinutes(2));
    assertThat(nodes).allMatch(it -> it.of(Use.TCP4).state() == State.DEAD);
  }

  @Test
  void startReturnsAtOnceAndEachNodeIsSoonCheckedOnceForEverything() throws Exception {
    List<NodeHealth> nodes = nodes(3);
    checks.add(nodes);
    checks.start();
    pass(Duration.ofSeconds(1));

    assertThat(script.takeBegun())
        .containsExactly(
            "n0 [TCP4]",
            "n1 [TCP4]",
            "n2 [TCP4]",
            "n0 [UDP4, DNS_UDP4]",
            "n1 [UDP4, DNS_UDP4]",
            "n2 [UDP4, DNS_UDP4]",
            "n0 [DNS_TCP4]",
            "n1 [DNS_TCP4]",
            "n2 [DNS_TCP4]");
    assertThat(nodes.getFirst().of(Use.UDP4).state()).isEqualTo(State.ALIVE);
    assertThat(Duration.ofNanos(nodes.getFirst().of(Use.TCP4).lastNanos())).hasMillis(40);
    assertThat(nodes.getFirst().of(Use.TCP6).state()).isEqualTo(State.UNKNOWN);
  }

  @Test
  void theNextCheckComesAfterTheIntervalGiveOrTakeATenth() throws Exception {
    checks.add(nodes(1));
    checks.start();
    pass(Duration.ofMillis(26_900));
    assertThat(script.takeBegun()).hasSize(3);

    pass(Duration.ofMillis(6_300));
    assertThat(script.takeBegun()).hasSize(3);
  }

  @Test
  void atMostThirtyTwoAreUnderWay() throws Exception {
    script.latency = Duration.ofSeconds(4);
    checks.add(nodes(100));
    checks.start();
    pass(Duration.ofSeconds(3));

    assertThat(script.underWay.get()).isEqualTo(HealthChecks.AT_ONCE);
    pass(Duration.ofSeconds(60));
    assertThat(script.most).hasValue(HealthChecks.AT_ONCE);
  }

  @Test
  void aThousandNodesWithoutTrafficTakeTurns() throws Exception {
    checks.add(nodes(1000));
    checks.start();
    pass(Duration.ofSeconds(31));
    assertThat(script.takeBegun()).hasSizeBetween(2800, 3101);
    pass(Duration.ofSeconds(60));
    script.takeBegun();
    pass(Duration.ofSeconds(10));

    assertThat(script.takeBegun()).hasSizeBetween(95, 101);
  }

  @Test
  void aNodeThatCarriesTrafficKeepsItsIntervalAmongAThousand() throws Exception {
    List<NodeHealth> nodes = nodes(1000);
    checks.add(nodes);
    checks.start();
    for (int i = 0; i < 24; i++) {
      nodes.get(700).worked(Use.DNS_UDP4, 1000);
      pass(Duration.ofSeconds(5));
    }
    script.takeBegun();
    for (int i = 0; i < 24; i++) {
      nodes.get(700).worked(Use.DNS_UDP4, 1000);
      pass(Duration.ofSeconds(5));
    }

    assertThat(script.takeBegun().stream().filter("n700 [UDP4, DNS_UDP4]"::equals).count())
        .isBetween(3L, 5L);
  }

  @Test
  void failedTrafficHasTheNodeCheckedAtOnceButNotOverAndOver() throws Exception {
    NodeHealth node = nodes(1).getFirst();
    checks.add(List.of(node));
    checks.start();
    pass(Duration.ofSeconds(5));
    script.takeBegun();

    script.down.add("n0");
    node.failed(Use.DNS_UDP4, "no answer");
    assertThat(node.of(Use.DNS_UDP4).state()).isEqualTo(State.SUSPECT);
    pass(Duration.ofMillis(50));
    assertThat(script.takeBegun())
        .containsExactly("n0 [UDP4, DNS_UDP4]", "n0 [TCP4]", "n0 [DNS_TCP4]");
    pass(Duration.ofMillis(50));
    assertThat(node.of(Use.DNS_UDP4).state()).isEqualTo(State.DEAD);
    assertThat(node.of(Use.TCP4).state()).isEqualTo(State.DEAD);

    for (int i = 0; i < 100; i++) {
      node.failed(Use.DNS_UDP4, "no answer");
    }
    pass(Duration.ofSeconds(1));
    assertThat(script.takeBegun()).isEmpty();
    assertThat(counters.get(Counter.NODE_DEATHS)).isEqualTo(3);
  }

  @Test
  void aSuspectThatAnswersIsCheckedAgainOnlyAfterTheCooldown() throws Exception {
    NodeHealth node = nodes(1).getFirst();
    checks.add(List.of(node));
    checks.start();
    pass(Duration.ofSeconds(5));
    script.takeBegun();
    for (int i = 0; i < 40; i++) {
      node.failed(Use.TCP4, "reset");
      pass(Duration.ofMillis(100));
    }

    assertThat(script.takeBegun()).hasSizeBetween(2, 3).containsOnly("n0 [TCP4]");
  }

  @Test
  void aDeadNodeIsCheckedEverLessOftenAndComesBack() throws Exception {
    NodeHealth node = nodes(1).getFirst();
    script.down.add("n0");
    checks.add(List.of(node));
    checks.start();
    List<Integer> perMinute = new ArrayList<>();
    for (int minute = 0; minute < 12; minute++) {
      pass(Duration.ofMinutes(1));
      perMinute.add((int) script.takeBegun().stream().filter("n0 [TCP4]"::equals).count());
    }
    assertThat(perMinute.subList(0, 3)).containsExactly(3, 1, 1);
    assertThat(perMinute.subList(3, 12).stream().mapToInt(it -> it).sum()).isBetween(2, 3);

    script.down.clear();
    pass(Duration.ofMinutes(6));
    assertThat(node.of(Use.TCP4).state()).isEqualTo(State.ALIVE);
    assertThat(node.of(Use.DNS_UDP4).state()).isEqualTo(State.ALIVE);
  }

  @Test
  void aNodeThatComesBackForOneUseIsCheckedForTheOthers() throws Exception {
    NodeHealth node = nodes(1).getFirst();
    script.down.add("n0");
    checks.add(List.of(node));
    checks.start();
    pass(Duration.ofMinutes(9));
    script.down.clear();
    script.takeBegun();
    while (node.of(Use.TCP4).state() != State.ALIVE
        && node.of(Use.DNS_UDP4).state() != State.ALIVE
        && node.of(Use.DNS_TCP4).state() != State.ALIVE) {
      pass(Duration.ofMillis(100));
    }
    pass(Duration.ofSeconds(3));

    assertThat(List.of(Use.TCP4, Use.DNS_UDP4, Use.DNS_TCP4))
        .allMatch(use -> node.of(use).state() == State.ALIVE);
  }

  @Test
  void aProbeChecksEachNodeNowAndTellsWhenItIsDone() throws Exception {
    List<NodeHealth> nodes = nodes(50);
    checks.add(nodes);
    checks.start();
    pass(Duration.ofSeconds(5));
    script.takeBegun();

    CompletableFuture<?> done = checks.probe(nodes);
    pass(Duration.ofMillis(100));
    assertThat(done).isNotDone();
    pass(Duration.ofMillis(200));

    assertThat(done).isDone();
    assertThat(script.takeBegun()).hasSize(150);
  }

  @Test
  void nothingIsCheckedAfterTheEnd() throws Exception {
    checks.add(nodes(3));
    checks.start();
    pass(Duration.ofSeconds(1));
    checks.close();
    script.takeBegun();
    pass(Duration.ofMinutes(5));

    assertThat(script.takeBegun()).isEmpty();
  }

  private List<NodeHealth> nodes(int count) throws LinkException {
    List<NodeHealth> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Node node = new Node("n" + i, "", List.of(ProxyLinks.parse("socks5://192.0.2.1")));
      nodes.add(new NodeHealth(node, TERMS, checks, clock));
    }
    return nodes;
  }

  /** Lets time pass in steps to what happens next. */
  private void pass(Duration duration) throws InterruptedException {
    long end = clock.nanoTime() + duration.toNanos();
    clock.settle();
    while (end - clock.nanoTime() > 0) {
      long next = Math.min(clock.nextDeadline().orElse(end), end);
      clock.advance(Duration.ofNanos(Math.max(0, next - clock.nanoTime())));
      clock.settle();
    }
  }
}
