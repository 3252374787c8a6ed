package dev.gander.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.gander.cache.AnswerCache;
import dev.gander.cache.CacheKey;
import dev.gander.clock.FakeClock;
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
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;

class HitAllocationTest {

  private static final int NAMES = 64;
  private static final int QUERIES = 100_000;

  private final Counters counters = new Counters();
  private final QueryView view = new QueryView();
  private final Client client = new Client();
  private final byte[] out = new byte[1232];
  private final byte[][] queries = new byte[4 * NAMES][];
  private final FakeClock clock = new FakeClock();

  @Test
  void aHitFreshOrStaleOrBelowANxdomainAndARejectionAllocateNothing() {
    DnsSettings settings =
        DnsText.dns(
            """
            optimistic_cache_ttl: 0
            upstream { up: 'udp://192.0.2.53:53' }
            routing {
              request {
                qname(suffix: ads.example, keyword: tracker) -> reject
                qname(full: home.example) -> asis
                fallback: up
              }
            }
            """);
    AnswerCache cache = new AnswerCache(settings, clock);
    QueryController controller =
        new QueryController(
            ControllerParts.of(
                settings,
                ControllerStory.router(settings),
                cache,
                new FakeUpstreams(),
                counters,
                clock,
                flight -> {}));
    for (int i = 0; i < NAMES; i++) {
      String name = "n" + i + ".example.org";
      queries[4 * i] = Messages.dnssecQuery(name, RecordType.A, 1232).toWire();
      keep(cache, queries[4 * i], Messages.addressResponse(name, 86_400, "192.0.2.1"));
      queries[4 * i + 1] = Messages.query("n" + i + ".ads.example", RecordType.A).toWire();
      String ended = "n" + i + ".example.com";
      queries[4 * i + 2] = Messages.query(ended, RecordType.A).toWire();
      keep(cache, queries[4 * i + 2], Messages.addressResponse(ended, 60, "192.0.2.1"));
      String none = "n" + i + ".example.net";
      keep(
          cache,
          Messages.query(none, RecordType.A).toWire(),
          Messages.negativeResponse(none, RecordType.A, 3, 3600, 3600));
      queries[4 * i + 3] = Messages.query("www." + none, RecordType.AAAA).toWire();
    }
    clock.advance(Duration.ofMinutes(2));
    run(controller, 3 * QUERIES);

    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    run(controller, QUERIES);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(counters.get(Counter.ANSWERED_FROM_CACHE)).isEqualTo(2L * QUERIES);
    assertThat(counters.get(Counter.NXDOMAIN_CUTS)).isEqualTo(1L * QUERIES);
    assertThat(counters.get(Counter.ANSWERED_STALE)).isEqualTo(1L * QUERIES);
    assertThat(counters.get(Counter.ANSWERED_BY_RULE)).isEqualTo(1L * QUERIES);
    // Not quite zero: a counter may grow a cell, the compiler may swap code under way.
    assertThat(allocated).isLessThan(QUERIES / 10);
  }

  private void keep(AnswerCache cache, byte[] query, Message response) {
    view.parse(query, 0, query.length);
    Answer answer = Messages.answer(response);
    assertThat(cache.keep(CacheKey.of(view, "up"), answer)).isEqualTo(answer);
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
