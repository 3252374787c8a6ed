package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.FakeClock;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class MemberTest {

  private static final Query QUERY = Query.own(Question.of("www.example.org", RecordType.A), false);

  @Test
  void oneUpstreamDoesNotTakeEverybodysPlaces() throws Exception {
    Counters counters = new Counters();
    CompletableFuture<Void> end = new CompletableFuture<>();
    CountDownLatch asked = new CountDownLatch(Member.MOST_UNDER_WAY);
    Forwarder silent =
        (query, deadlineNanos) -> {
          asked.countDown();
          end.join();
          throw new UpstreamException(ExtendedError.NETWORK_ERROR, "over");
        };
    Member member =
        new Member(
            new Path("up", Path.DIRECT, "udp", "4"),
            silent,
            new FakeClock(),
            Thread::startVirtualThread,
            counters);
    for (int i = 0; i < Member.MOST_UNDER_WAY; i++) {
      Thread.startVirtualThread(() -> {
        try {
          member.ask(QUERY, Long.MAX_VALUE);
        } catch (Exception e) {
          // When the test is over.
        }
      });
    }
    asked.await();

    assertThatThrownBy(() -> member.ask(QUERY, Long.MAX_VALUE))
        .isInstanceOfSatisfying(
            UpstreamException.class,
            e -> assertThat(e.error()).isEqualTo(ExtendedError.NETWORK_ERROR))
        .hasMessageContaining("'up'");
    assertThat(counters.get(Counter.UPSTREAM_CROWDED)).isEqualTo(1);
    end.complete(null);
  }

  @Test
  void aServerThatMayBeRestartingIsNotDeadBeforeItsGraceIsOver() throws Exception {
    FakeClock clock = new FakeClock();
    ScriptedForwarder server = new ScriptedForwarder(clock);
    server.grace = Duration.ofSeconds(3);
    Member member =
        new Member(
            new Path("up", Path.DIRECT, "tls", "4"),
            server,
            clock,
            clock::startWorker,
            new Counters());
    for (boolean comesBack : List.of(true, false)) {
      List<CompletableFuture<Answer>> asked = new ArrayList<>();
      for (int i = 0; i <= PathHealth.TRIP; i++) {
        asked.add(ask(member, clock));
      }
      clock.settle();
      clock.advance(PathHealth.SILENCE.multipliedBy(2));
      asked.add(ask(member, clock));
      clock.settle();
      assertThat(member.status().state()).isEqualTo("suspect");
      clock.advance(server.grace.plusMillis(900));
      clock.settle();
      asked.add(ask(member, clock));
      clock.settle();
      if (comesBack) {
        server.says(ScriptedForwarder.GOOD);
        clock.settle();
        assertThat(asked).allMatch(it -> it.state() == Future.State.SUCCESS);
        assertThat(member.status().state()).isEqualTo("ok");
      } else {
        clock.advance(Duration.ofMillis(100));
        clock.settle();
        assertThat(member.status().state()).isEqualTo("dead");
        CompletableFuture<Answer> tooLate = ask(member, clock);
        clock.settle();
        assertThat(tooLate).isCompletedExceptionally();
      }
    }
    member.close();
    server.says(ScriptedForwarder.GOOD);
    clock.settle();
  }

  private static CompletableFuture<Answer> ask(Member member, FakeClock clock) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    long deadline = clock.nanoTime() + Duration.ofSeconds(10).toNanos();
    clock.startWorker(() -> {
      try {
        answer.complete(member.forward(QUERY, deadline));
      } catch (Exception e) {
        answer.completeExceptionally(e);
      }
    });
    return answer;
  }
}
