package dev.gander.controller;

import static dev.gander.message.Messages.addressResponse;
import static dev.gander.message.Messages.dnssecQuery;
import static dev.gander.message.Messages.negativeResponse;
import static dev.gander.message.Messages.query;
import static dev.gander.message.Messages.response;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.cache.AnswerCache;
import dev.gander.cache.AnswerSink;
import dev.gander.cache.CacheKey;
import dev.gander.config.DnsSettings;
import dev.gander.config.DnsText;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.RecordType;
import dev.gander.message.Request;
import dev.gander.observe.Counter;
import dev.gander.observe.QueryEvents;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;

/** Stories of answers that have ended, or are about to (RFC 8767). */
class StaleAnswersTest extends ControllerStory {

  private final List<Thread> flights = new CopyOnWriteArrayList<>();

  @BeforeEach
  void flightsAreKnown() {
    controller =
        controller(ONE_UPSTREAM, QueryController.MAX_IN_FLIGHT, this::fly, QueryEvents.NONE);
  }

  @Test
  void whatHasJustEndedIsGivenAtOnceAndAskedForAgainBehind() throws Exception {
    learn("192.0.2.1");
    clock.advance(Duration.ofSeconds(301));

    CompletableFuture<Message> stale = ask(dnssecQuery(WWW, RecordType.A, 1232));
    assertThat(stale).isCompleted();
    assertThat(addresses(stale)).containsExactly("192.0.2.1 30");
    assertThat(error(stale)).startsWith("3 ");
    assertThat(addresses(ask(dnssecQuery(WWW, RecordType.A, 1232)))).hasSize(1);
    upstreams.next().answers(addressResponse(WWW, 300, "192.0.2.2"));

    assertFresh("192.0.2.2 300");
    upstreams.assertNobodyElseAsked();
    assertThat(counters.get(Counter.REFRESHES)).isEqualTo(1);
    assertThat(counters.get(Counter.ANSWERED_STALE)).isEqualTo(2);
  }

  @Test
  void aStaleNxdomainSaysSo() throws Exception {
    CompletableFuture<Message> first = ask(dnssecQuery(WWW, RecordType.A, 1232));
    upstreams.next().answers(negativeResponse(WWW, RecordType.A, 3, 60, 60));
    assertThat(join(first).getRcode()).isEqualTo(3);
    clock.advance(Duration.ofSeconds(61));

    CompletableFuture<Message> stale = ask(dnssecQuery(WWW, RecordType.A, 1232));

    assertThat(join(stale).getRcode()).isEqualTo(3);
    assertThat(error(stale)).startsWith("19 ");
    upstreams.next().answers(negativeResponse(WWW, RecordType.A, 3, 60, 60));
  }

  @Test
  void whileNoUpstreamAnswersStaleBeatsServfailAndIsNotAskedForAllTheTime() throws Exception {
    learn("192.0.2.1");
    clock.advance(Duration.ofHours(2));

    CompletableFuture<Message> reply = ask(dnssecQuery(WWW, RecordType.A, 1232));
    upstreams.next().fails(new IOException("Network is unreachable"));
    assertThat(addresses(reply)).containsExactly("192.0.2.1 30");
    assertThat(error(reply)).startsWith("3 ");

    clock.advance(Duration.ofSeconds(29));
    CompletableFuture<Message> soon = ask(dnssecQuery(WWW, RecordType.A, 1232));
    assertThat(soon).isCompleted();
    assertThat(addresses(soon)).containsExactly("192.0.2.1 30");
    upstreams.assertNobodyElseAsked();

    clock.advance(Duration.ofSeconds(1));
    CompletableFuture<Message> later = ask(dnssecQuery(WWW, RecordType.A, 1232));
    Message servfail = response(WWW, RecordType.A);
    servfail.getHeader().setRcode(2);
    upstreams.next().answers(servfail);
    assertThat(addresses(later)).containsExactly("192.0.2.1 30");
  }

  @Test
  void whereTheUpstreamIsSlowWhatEndedLongAgoIsGivenBeforeTheClientTurnsAway() throws Exception {
    learn("192.0.2.1");
    clock.advance(Duration.ofHours(2));

    CompletableFuture<Message> reply = ask(dnssecQuery(WWW, RecordType.A, 1232));
    FakeUpstreams.Asked asked = upstreams.next();
    clock.awaitWaiting(1);
    clock.advance(Duration.ofMillis(1800));
    assertThat(addresses(reply)).containsExactly("192.0.2.1 30");

    asked.answers(addressResponse(WWW, 300, "192.0.2.2"));
    assertFresh("192.0.2.2 300");
  }

  @Test
  void withoutOptimismNothingIsStale() throws Exception {
    use("optimistic_cache: false\n" + ONE_UPSTREAM);
    learn("192.0.2.1");
    clock.advance(Duration.ofSeconds(301));

    CompletableFuture<Message> reply = ask(dnssecQuery(WWW, RecordType.A, 1232));
    upstreams.next().fails(new IOException("Network is unreachable"));

    assertThat(error(reply)).isEqualTo("23 Network is unreachable");
  }

  @Test
  void withoutRecursionDesiredWhatIsStaleIsGivenButNotAskedForAgain() throws Exception {
    learn("192.0.2.1");
    clock.advance(Duration.ofSeconds(301));
    Message plain = dnssecQuery(WWW, RecordType.A, 1232);
    plain.getHeader().unsetFlag(Flags.RD);

    assertThat(addresses(ask(plain))).containsExactly("192.0.2.1 30");
    upstreams.assertNobodyElseAsked();
    assertThat(counters.get(Counter.REFRESHES)).isZero();
  }

  @Test
  void aPopularNameIsAskedForAgainBeforeItEndsAndAnUnpopularOneIsNot() throws Exception {
    learn("192.0.2.1");
    clock.advance(Duration.ofSeconds(271));
    for (int i = 0; i < 2; i++) {
      assertThat(addresses(ask(dnssecQuery(WWW, RecordType.A, 1232)))).hasSize(1);
    }
    upstreams.assertNobodyElseAsked();

    assertThat(addresses(ask(dnssecQuery(WWW, RecordType.A, 1232))))
        .containsExactly("192.0.2.1 29");
    upstreams.next().answers(addressResponse(WWW, 300, "192.0.2.2"));
    assertFresh("192.0.2.2 300");
    assertThat(counters.get(Counter.PREFETCHES)).isEqualTo(1);
    assertThat(counters.get(Counter.ANSWERED_STALE)).isZero();
  }

  @Test
  void prefetchHasABudget() {
    PrefetchBudget budget = new PrefetchBudget(0);
    int taken = 0;
    while (budget.take(0)) {
      taken++;
    }
    assertThat(taken).isEqualTo(100);
    for (int i = 0; i < 10; i++) {
      budget.flightStarted();
    }
    assertThat(budget.take(0)).isTrue();
    assertThat(budget.take(0)).isFalse();
    assertThat(budget.take(100_000_000)).isTrue();
    assertThat(budget.take(100_000_000)).isFalse();
  }

  @Test
  void aNameBelowOneThatDoesNotExistIsAnsweredUnlessRulesLookAtNames() throws Exception {
    CompletableFuture<Message> first = ask(query("gone.example.org", RecordType.A));
    upstreams.next().answers(negativeResponse("gone.example.org", RecordType.A, 3, 60, 60));
    assertThat(join(first).getRcode()).isEqualTo(3);

    CompletableFuture<Message> below = ask(query("a.gone.example.org", RecordType.AAAA));
    assertThat(below).isCompleted();
    assertThat(below.join().getRcode()).isEqualTo(3);
    assertThat(counters.get(Counter.NXDOMAIN_CUTS)).isEqualTo(1);

    use(
        """
        upstream { up: 'udp://192.0.2.53:53' }
        routing {
          request { fallback: up }
          response { qname(suffix: a.gone.example.org) -> up  fallback: accept }
        }
        """);
    CompletableFuture<Message> second = ask(query("gone.example.org", RecordType.A));
    upstreams.next().answers(negativeResponse("gone.example.org", RecordType.A, 3, 60, 60));
    assertThat(join(second).getRcode()).isEqualTo(3);
    CompletableFuture<Message> asked = ask(query("b.gone.example.org", RecordType.A));
    upstreams.next().answers(addressResponse("b.gone.example.org", 60, "192.0.2.1"));
    assertThat(addresses(asked)).hasSize(1);
  }

  @Test
  void whoeverCopiesAnswersHearsOfThoseThatInterceptedClientsGet() throws Exception {
    List<String> told = new CopyOnWriteArrayList<>();
    AnswerSink sink =
        new AnswerSink() {
          @Override
          public void answered(
              Request query,
              Client who,
              CacheKey key,
              Answer answer,
              long stored,
              long end,
              long staleEnd) {
            told.add(key.policy() + " " + query.type() + " " + (end - stored) / 1_000_000_000);
          }

          @Override
          public void landed(
              Request query,
              Client who,
              CacheKey key,
              Answer answer,
              long stored,
              long end,
              long staleEnd) {
            told.add("landed " + key.policy());
          }

          @Override
          public void settled(Request query, Client who, Answer answer) {
            told.add("rejected");
          }
        };
    DnsSettings settings =
        DnsText.dns(
            """
            upstream { up: 'udp://192.0.2.53:53' }
            routing { request { qname(suffix: ads.example) -> reject  fallback: up } }
            """);
    AnswerCache cache = new AnswerCache(settings, clock);
    controller =
        new QueryController(
            ControllerParts.of(
                    settings,
                    router(settings),
                    cache,
                    upstreams,
                    counters,
                    clock,
                    Thread::startVirtualThread)
                .with(sink));

    learn("192.0.2.1");
    assertThat(ask(dnssecQuery(WWW, RecordType.A, 1232))).isCompleted();
    assertThat(ask(query("x.ads.example", RecordType.A))).isCompleted();
    client.setIntercepted(false);
    assertThat(ask(dnssecQuery(WWW, RecordType.A, 1232))).isCompleted();

    assertThat(told).containsExactly("landed up", "up 1 300", "rejected");
  }

  private void learn(String address) throws Exception {
    CompletableFuture<Message> reply = ask(dnssecQuery(WWW, RecordType.A, 1232));
    upstreams.next().answers(addressResponse(WWW, 300, address));
    assertThat(addresses(reply)).containsExactly(address + " 300");
  }

  /** Once all flights have landed. */
  private void assertFresh(String expected) throws InterruptedException {
    for (Thread flight : flights) {
      flight.join();
    }
    assertThat(addresses(ask(dnssecQuery(WWW, RecordType.A, 1232)))).containsExactly(expected);
  }

  private void fly(Runnable flight) {
    flights.add(Thread.startVirtualThread(flight));
  }
}
