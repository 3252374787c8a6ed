package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.FakeClock;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
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
}
