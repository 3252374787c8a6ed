package dev.gander.forward;

import static dev.gander.forward.ScriptedForwarder.GOOD;
import static dev.gander.forward.ScriptedForwarder.SERVFAIL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.clock.FakeClock;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups of three upstreams that answer when the test says so, by a clock that it moves. */
@Timeout(120)
class MemberGroupTest {

  private static final Query QUERY = Query.own(Question.of("www.example.org", RecordType.A), false);

  private final FakeClock clock = new FakeClock();
  private final Counters counters = new Counters();
  private final ScriptedForwarder a = new ScriptedForwarder(clock);
  private final ScriptedForwarder b = new ScriptedForwarder(clock);
  private final ScriptedForwarder c = new ScriptedForwarder(clock);
  private final Member ma = member("a", a);
  private final Member mb = member("b", b);
  private final Member mc = member("c", c);

  private Member member(String name, Forwarder forwarder) {
    Path path = new Path(name, Path.DIRECT, "udp", "4");
    return new Member(path, forwarder, clock, clock::startWorker, counters);
  }

  private MemberGroup group(String policy) {
    Contest.Rules rules =
        new Contest.Rules(
            "all",
            Policy.of(policy),
            Policy.width(policy),
            new HedgeBudget(),
            clock,
            clock::startWorker,
            counters);
    return new MemberGroup(rules, List.of(ma, mb, mc));
  }

  @AfterEach
  void nothingIsLeftRunning() throws InterruptedException {
    for (ScriptedForwarder each : List.of(a, b, c)) {
      each.says(GOOD);
    }
    clock.settle();
    assertThat(a.active() + b.active() + c.active()).isZero();
  }

  private CompletableFuture<Upstreams.Reply> ask(MemberGroup group) throws InterruptedException {
    CompletableFuture<Upstreams.Reply> reply = new CompletableFuture<>();
    long deadline = clock.nanoTime() + Duration.ofSeconds(10).toNanos();
    clock.startWorker(() -> {
      try {
        reply.complete(group.ask(QUERY, deadline));
      } catch (Exception e) {
        reply.completeExceptionally(e);
      }
    });
    clock.settle();
    return reply;
  }

  private void passes(long millis) throws InterruptedException {
    clock.advance(Duration.ofMillis(millis));
    clock.settle();
  }

  private void says(ScriptedForwarder who) throws InterruptedException {
    who.says(GOOD);
    clock.settle();
  }

  /** Who lost is interrupted, on its own thread. */
  private static void givenUp(ScriptedForwarder loser) throws Exception {
    Eventually.holds(() -> loser.active() == 0);
  }

  /** Each answers often after its own time. */
  private void teach(long msA, long msB, long msC) {
    for (int i = 0; i < 200; i++) {
      ma.health().answered(Duration.ofMillis(msA).toNanos());
      mb.health().answered(Duration.ofMillis(msB).toNanos());
      mc.health().answered(Duration.ofMillis(msC).toNanos());
    }
  }

  @Test
  void aHedgeAsksTheBestAndAfterItsUsualTimeTheNext() throws Exception {
    MemberGroup group = group("hedge");
    teach(60, 30, 90);

    CompletableFuture<Upstreams.Reply> reply = ask(group);
    assertThat(List.of(a.asked(), b.asked(), c.asked())).containsExactly(0, 1, 0);
    passes(20);
    assertThat(a.asked()).isZero();
    passes(25);
    assertThat(List.of(a.asked(), b.asked(), c.asked())).containsExactly(1, 1, 0);
    says(a);

    assertThat(reply.get().by()).isEqualTo("a");
    givenUp(b);
    assertThat(counters.get(Counter.UPSTREAM_HEDGES)).isEqualTo(1);
    assertThat(counters.get(Counter.UPSTREAM_HEDGES_WON)).isEqualTo(1);
  }

  @Test
  void theFirstAnswerWinsAlsoAfterAHedge() throws Exception {
    MemberGroup group = group("hedge");
    teach(30, 60, 90);
    CompletableFuture<Upstreams.Reply> reply = ask(group);
    passes(45);
    assertThat(b.asked()).isEqualTo(1);
    says(a);
    assertThat(reply.get().by()).isEqualTo("a");
    givenUp(b);
    assertThat(counters.get(Counter.UPSTREAM_HEDGES_WON)).isZero();
  }

  @Test
  void hedgesAreAtMostATenthOfAllQuestions() throws Exception {
    MemberGroup group = group("hedge");
    teach(30, 60, 90);
    for (int i = 0; i < 100; i++) {
      CompletableFuture<Upstreams.Reply> reply = ask(group);
      passes(45);
      // Whoever is first by now: a loser that answers while it is given up is learned from, too.
      says(a);
      says(b);
      says(c);
      assertThat(reply.get(20, TimeUnit.SECONDS)).isNotNull();
    }
    assertThat(counters.get(Counter.UPSTREAM_HEDGES)).isLessThanOrEqualTo(11);
    assertThat(counters.get(Counter.UPSTREAM_HEDGES_REFUSED)).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hedge", "fastest", "race(2)", "failover"})
  void anErrorOfOneIsNoAnswerWhileAnotherMayHaveOne(String policy) throws Exception {
    MemberGroup group = group(policy);
    teach(30, 40, 50);
    CompletableFuture<Upstreams.Reply> reply = ask(group);
    a.says(SERVFAIL);
    clock.settle();
    assertThat(reply).isNotDone();
    assertThat(b.asked()).isEqualTo(1);
    says(b);
    assertThat(reply.get().answer()).isEqualTo(GOOD);
    assertThat(reply.get().by()).isEqualTo("b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hedge", "fastest", "race(2)", "failover"})
  void whenAllHaveOnlyErrorsTheErrorIsTheAnswer(String policy) throws Exception {
    MemberGroup group = group(policy);
    CompletableFuture<Upstreams.Reply> reply = ask(group);
    for (int i = 0; i < 3; i++) {
      for (ScriptedForwarder each : List.of(a, b, c)) {
        each.says(SERVFAIL);
        clock.settle();
      }
    }
    assertThat(reply.get().answer().rcode()).isEqualTo(Rcode.SERVFAIL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hedge", "fastest", "race(2)", "failover"})
  void aBugInOneIsAFailureOfThatOne(String policy) throws Exception {
    MemberGroup group = group(policy);
    teach(30, 40, 50);
    Logger log = Logger.getLogger("dev.gander.forward");
    log.setLevel(Level.OFF);
    CompletableFuture<Upstreams.Reply> reply = ask(group);
    a.fails(new StackOverflowError("deep"));
    clock.settle();
    log.setLevel(null);
    says(b);
    assertThat(reply.get().by()).isEqualTo("b");
  }

  @Test
  void aRaceAsksTheBestTwoAtOnce() throws Exception {
    MemberGroup group = group("race(2)");
    teach(90, 60, 30);
    CompletableFuture<Upstreams.Reply> reply = ask(group);
    assertThat(List.of(a.asked(), b.asked(), c.asked())).containsExactly(0, 1, 1);
    says(b);
    assertThat(reply.get().by()).isEqualTo("b");
    givenUp(c);
  }

  @Test
  void theFastestIsAskedAndTheOthersNowAndThen() throws Exception {
    MemberGroup group = group("fastest");
    teach(60, 30, 90);
    for (int i = 0; i < 3 * MemberGroup.EXPLORE; i++) {
      CompletableFuture<Upstreams.Reply> reply = ask(group);
      for (ScriptedForwarder each : List.of(a, b, c)) {
        if (each.active() > 0) {
          passes(each == b ? 30 : 60);
          says(each);
        }
      }
      assertThat(reply).isCompleted();
    }
    assertThat(b.asked()).isGreaterThanOrEqualTo(3 * MemberGroup.EXPLORE - 3);
    assertThat(a.asked() + c.asked()).isEqualTo(3);
  }

  @Test
  void failoverComesBackToTheFirstAsSoonAsThatAnswersAgain() throws Exception {
    MemberGroup group = group("failover");
    for (int i = 0; i < PathHealth.TRIP; i++) {
      CompletableFuture<Upstreams.Reply> reply = ask(group);
      a.fails(new UpstreamException(ExtendedError.NETWORK_ERROR, "unreachable"));
      clock.settle();
      says(b);
      assertThat(reply.get().by()).isEqualTo("b");
    }
    a.fails(new UpstreamException(ExtendedError.NETWORK_ERROR, "unreachable")); // the probe
    clock.settle();
    assertThat(ma.health().dead()).isTrue();
    int before = a.asked();
    CompletableFuture<Upstreams.Reply> reply = ask(group);
    assertThat(a.asked()).as("a dead member costs nobody anything").isEqualTo(before);
    says(b);
    assertThat(reply.get().by()).isEqualTo("b");

    passes(Member.FIRST_PAUSE.toMillis());
    assertThat(a.active()).as("one probe").isEqualTo(1);
    passes(100);
    assertThat(a.active()).as("and no second beside it").isEqualTo(1);
    says(a);
    reply = ask(group);
    says(a);
    assertThat(reply.get().by()).isEqualTo("a");
    assertThat(ma.status().state()).isEqualTo("ok");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hedge", "fastest", "race(2)", "failover"})
  void whenAllAreDeadAQuestionFailsAtOnceAndNamesTheGroup(String policy) throws Exception {
    MemberGroup group = group(policy);
    UpstreamException refused = new UpstreamException(ExtendedError.NETWORK_ERROR, "refused");
    for (int i = 0;
        i < 40 && !(ma.health().dead() && mb.health().dead() && mc.health().dead());
        i++) {
      CompletableFuture<Upstreams.Reply> reply = ask(group);
      for (int j = 0; j < 3 && !reply.isDone(); j++) {
        for (ScriptedForwarder each : List.of(a, b, c)) {
          each.fails(refused);
          clock.settle();
        }
      }
      assertThat(reply).isCompletedExceptionally();
    }
    int asked = a.asked() + b.asked() + c.asked();

    CompletableFuture<Upstreams.Reply> reply = ask(group);

    assertThat(reply).isCompletedExceptionally();
    assertThat(a.asked() + b.asked() + c.asked()).isEqualTo(asked);
    assertThat(counters.get(Counter.UPSTREAM_FAILED_FAST)).isPositive();
    Throwable why = failure(reply);
    assertThat(why).hasMessageContaining("group 'all'");
    assertThat(((UpstreamException) why).error()).isEqualTo(ExtendedError.NETWORK_ERROR);
  }

  @Test
  void silenceOfAllEndsWithTheBudgetAndIsSaidToBeSilence() throws Exception {
    MemberGroup group = group("failover");
    CompletableFuture<Upstreams.Reply> reply = ask(group);
    for (int i = 0; i < 100 && !reply.isDone(); i++) {
      passes(100);
    }
    assertThat(((UpstreamException) failure(reply)).error())
        .isEqualTo(ExtendedError.NO_REACHABLE_AUTHORITY);
    assertThat(failure(reply)).hasMessageContaining("group 'all'");
    assertThat(c.asked()).isPositive();
  }

  @Test
  void theStatusTellsWhatHappened() throws Exception {
    MemberGroup group = group("hedge");
    teach(30, 60, 90);
    CompletableFuture<Upstreams.Reply> reply = ask(group);
    passes(45);
    says(b);
    assertThat(reply).isCompleted();
    UpstreamStatus best = ma.status();
    UpstreamStatus hedge = mb.status();
    assertThat(List.of(best.name(), best.transport(), best.family(), best.state()))
        .containsExactly("a", "udp", "4", "ok");
    assertThat(List.of(best.asked(), best.answered(), best.hedged())).containsExactly(1L, 0L, 0L);
    assertThat(List.of(hedge.asked(), hedge.answered(), hedge.hedged()))
        .containsExactly(1L, 1L, 1L);
    assertThat(best.breaker()).isEqualTo("closed");
  }

  private static Throwable failure(CompletableFuture<?> reply) {
    return reply.exceptionNow();
  }
}
