package dev.gander.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.gander.cache.AnswerCache;
import dev.gander.cache.CacheKey;
import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings;
import dev.gander.config.DnsText;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Messages;
import dev.gander.message.QueryView;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class HitAllocationTest {

  private static final int NAMES = 64;
  private static final int QUERIES = 100_000;

  private final Counters counters = new Counters();
  private final QueryView view = new QueryView();
  private final Client client = new Client();
  private final byte[] out = new byte[1232];
  private final byte[][] queries = new byte[2 * NAMES][];

  @Test
  void aHitAndARejectionAllocateNothing() {
    DnsSettings settings =
        DnsText.dns(
            """
            upstream { up: 'udp://192.0.2.53:53' }
            routing {
              request {
                qname(suffix: ads.example, keyword: tracker) -> reject
                qname(full: home.example) -> asis
                fallback: up
              }
            }
            """);
    AnswerCache cache = new AnswerCache(settings, Clock.system());
    QueryController controller =
        new QueryController(
            QueryController.Parts.of(
                settings,
                ControllerStory.router(settings),
                cache,
                new FakeUpstreams(),
                counters,
                Clock.system(),
                Thread::startVirtualThread));
    for (int i = 0; i < NAMES; i++) {
      String name = "n" + i + ".example.org";
      queries[2 * i] = Messages.dnssecQuery(name, RecordType.A, 1232).toWire();
      queries[2 * i + 1] = Messages.query("n" + i + ".ads.example", RecordType.A).toWire();
      view.parse(queries[2 * i], 0, queries[2 * i].length);
      Answer answer = Messages.answer(Messages.addressResponse(name, 86_400, "192.0.2.1"));
      assertThat(cache.keep(CacheKey.of(view, "up"), answer)).isEqualTo(answer);
    }
    run(controller, 3 * QUERIES);

    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    run(controller, QUERIES);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(counters.get(Counter.ANSWERED_FROM_CACHE)).isEqualTo(2L * QUERIES);
    assertThat(counters.get(Counter.ANSWERED_BY_RULE)).isEqualTo(2L * QUERIES);
    // Not quite zero: a counter may grow a cell, the compiler may swap code under way.
    assertThat(allocated).isLessThan(QUERIES / 10);
  }

  private void run(QueryController controller, int count) {
    for (int i = 0; i < count; i++) {
      byte[] query = queries[i % queries.length];
      view.parse(query, 0, query.length);
      assertPositive(controller.answerNow(view, client, out));
    }
  }

  private static void assertPositive(int length) {
    if (length <= 0) {
      throw new AssertionError("not answered at once: " + length);
    }
  }
}
