package dev.gander.controller;

import static dev.gander.message.Messages.addressResponse;
import static dev.gander.message.Messages.dnssecQuery;
import static dev.gander.message.Messages.negativeResponse;
import static dev.gander.message.Messages.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.forward.UpstreamException;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.MalformedMessageException;
import dev.gander.message.Messages;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import dev.gander.observe.QueryEvents;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Stories of queries, told with upstreams and a clock that the story moves. */
class QueryControllerTest extends ControllerStory {

  @Test
  void aMissGoesUpstreamAndTheNextQueryIsAnsweredFromTheCache() throws Exception {
    CompletableFuture<Message> first = ask(query(WWW, RecordType.A, 1));
    FakeUpstreams.Asked asked = upstreams.next();
    asked.answers(addressResponse(WWW, 300, "192.0.2.1"));
    assertThat(asked.upstream()).isEqualTo("up");
    assertThat(addresses(first)).containsExactly("192.0.2.1 300");

    clock.advance(Duration.ofSeconds(100));
    CompletableFuture<Message> second = ask(query("WwW.eXample.org", RecordType.A, 2));

    assertThat(second).isCompleted();
    assertThat(second.join().getHeader().getID()).isEqualTo(2);
    assertThat(second.join().getQuestion().getName().toString()).isEqualTo("WwW.eXample.org.");
    assertThat(addresses(second)).containsExactly("192.0.2.1 200");
    assertThat(counters.get(Counter.ANSWERED_FROM_CACHE)).isEqualTo(1);
    assertThat(counters.get(Counter.ANSWERED_FROM_UPSTREAM)).isEqualTo(1);
  }

  @Test
  void equalQuestionsAtOneTimeAreOneFlight() throws Exception {
    CompletableFuture<Message> first = ask(query(WWW, RecordType.A, 1));
    CompletableFuture<Message> second = ask(query("WWW.EXAMPLE.ORG", RecordType.A, 2));
    CompletableFuture<Message> other = ask(query(WWW, RecordType.AAAA, 3));
    clock.awaitWaiting(1);

    for (int i = 0; i < 2; i++) {
      FakeUpstreams.Asked asked = upstreams.next();
      asked.answers(
          asked.query().type() == RecordType.A
              ? addressResponse(WWW, 0, "192.0.2.1")
              : negativeResponse(WWW, RecordType.AAAA, 0, 60, 60));
    }

    assertThat(addresses(first)).containsExactly("192.0.2.1 0");
    assertThat(addresses(second)).containsExactly("192.0.2.1 0");
    assertThat(join(second).getHeader().getID()).isEqualTo(2);
    assertThat(join(other).getSection(Section.ANSWER)).isEmpty();
    assertThat(counters.get(Counter.FLIGHTS_STARTED)).isEqualTo(2);
    assertThat(counters.get(Counter.FLIGHTS_JOINED)).isEqualTo(1);
  }

  @Test
  void aClientHearsServfailWhenItsBudgetEndsAndALateAnswerStillFillsTheCache() throws Exception {
    CompletableFuture<Message> early = ask(dnssecQuery(WWW, RecordType.A, 1232));
    FakeUpstreams.Asked asked = upstreams.next();
    clock.advance(Duration.ofSeconds(3));
    CompletableFuture<Message> joined = ask(dnssecQuery(WWW, RecordType.A, 1232));
    clock.awaitWaiting(1);

    clock.advance(Duration.ofSeconds(2));
    assertThat(join(early).getRcode()).isEqualTo(2);
    assertThat(error(early)).isEqualTo("22 no answer from up within 4500 ms");
    clock.awaitWaiting(1);
    assertThat(joined).isNotDone();
    asked.answers(addressResponse(WWW, 300, "192.0.2.1"));

    assertThat(addresses(joined)).containsExactly("192.0.2.1 300");
    assertThat(ask(dnssecQuery(WWW, RecordType.A, 1232))).isCompleted();
    assertThat(counters.get(Counter.ANSWERED_FAILURE)).isEqualTo(1);
    assertThat(counters.get(Counter.FLIGHTS_OUTWAITED)).isEqualTo(1);
    upstreams.assertNobodyElseAsked();
  }

  @Test
  void theUpstreamIsGivenTwiceTheClientsBudget() throws Exception {
    CompletableFuture<Message> reply = ask(query(WWW, RecordType.A));
    FakeUpstreams.Asked asked = upstreams.next();

    assertThat(asked.deadlineNanos() - clock.nanoTime()).isEqualTo(10_000_000_000L);
    asked.answers(addressResponse(WWW, 300, "192.0.2.1"));
    assertThat(addresses(reply)).hasSize(1);
  }

  @Test
  void aFailureIsSharedAndKeptForASecond() throws Exception {
    CompletableFuture<Message> first = ask(dnssecQuery(WWW, RecordType.A, 1232));
    CompletableFuture<Message> second = ask(dnssecQuery(WWW, RecordType.A, 1232));
    clock.awaitWaiting(1);
    upstreams
        .next()
        .fails(new UpstreamException(ExtendedError.NO_REACHABLE_AUTHORITY, "up is down"));

    assertThat(error(first)).isEqualTo("22 up is down");
    assertThat(error(second)).isEqualTo("22 up is down");
    assertThat(ask(dnssecQuery(WWW, RecordType.A, 1232))).isCompleted();
    clock.advance(Duration.ofSeconds(1));

    CompletableFuture<Message> later = ask(dnssecQuery(WWW, RecordType.A, 1232));
    upstreams.next().answers(addressResponse(WWW, 300, "192.0.2.1"));
    assertThat(addresses(later)).hasSize(1);
  }

  @Test
  void clientsOfOtherExitsHearOtherAnswersAndThoseOfOneShareThem() throws Exception {
    upstreams.exits = (client, _) -> client.sourcePort() == 1 ? "direct" : "proxy";
    CompletableFuture<Message> first = ask(query(WWW, RecordType.A));
    upstreams.next().answers(addressResponse(WWW, 300, "192.0.2.1"));
    assertThat(addresses(first)).containsExactly("192.0.2.1 300");

    client.setSource(address("10.0.0.3", 1));
    CompletableFuture<Message> other = ask(query(WWW, RecordType.A));
    upstreams.next().answers(addressResponse(WWW, 300, "192.0.2.2"));
    assertThat(addresses(other)).containsExactly("192.0.2.2 300");
    assertThat(addresses(ask(query(WWW, RecordType.A)))).containsExactly("192.0.2.2 300");

    client.setSource(address("10.0.0.4", 2));
    assertThat(addresses(ask(query(WWW, RecordType.A)))).containsExactly("192.0.2.1 300");
    upstreams.assertNobodyElseAsked();
  }

  /** The rules of traffic may forbid one client what the next may have. */
  @Test
  void whatARuleForbidsOneClientIsNotKept() throws Exception {
    CompletableFuture<Message> first = ask(dnssecQuery(WWW, RecordType.A, 1232));
    upstreams
        .next()
        .fails(new UpstreamException(ExtendedError.PROHIBITED, "a rule blocks the way"));
    assertThat(error(first)).isEqualTo("18 a rule blocks the way");

    CompletableFuture<Message> other = ask(dnssecQuery(WWW, RecordType.A, 1232));
    upstreams.next().answers(addressResponse(WWW, 300, "192.0.2.1"));
    assertThat(addresses(other)).hasSize(1);
  }

  @Test
  void aBrokenPathAndABrokenAnswerAreToldApart() throws Exception {
    CompletableFuture<Message> unreachable = ask(dnssecQuery("a.example.org", 1, 1232));
    upstreams.next().fails(new IOException("Network is unreachable"));
    CompletableFuture<Message> malformed = ask(dnssecQuery("b.example.org", 1, 1232));
    upstreams.next().fails(new MalformedMessageException("response of 3 bytes has no header"));

    assertThat(error(unreachable)).isEqualTo("23 Network is unreachable");
    assertThat(error(malformed)).isEqualTo("24 response of 3 bytes has no header");
  }

  @Test
  void aRejectedNameIsAnsweredAtOnceWithoutRecordsButWithASoa() {
    use(
        """
        upstream { up: 'udp://192.0.2.53:53' }
        routing { request { qname(suffix: ads.example) -> reject  fallback: up } }
        """);

    CompletableFuture<Message> reply = ask(query("x.ads.example", RecordType.A));

    assertThat(reply).isCompleted();
    assertThat(reply.join().getRcode()).isZero();
    assertThat(reply.join().getSection(Section.ANSWER)).isEmpty();
    assertThat(reply.join().getSection(Section.AUTHORITY))
        .extracting(Record::getTTL)
        .containsExactly(60L);
    assertThat(counters.get(Counter.ANSWERED_BY_RULE)).isEqualTo(1);
  }

  @Test
  void whatRejectSaysIsTheUsersChoice() {
    String rules = "\nrouting { request { qname(suffix: example) -> reject  fallback: asis } }";

    use("reject_answer: nxdomain" + rules);
    assertThat(ask(query("ads.example", RecordType.A)).join().getRcode()).isEqualTo(3);
    use("reject_answer: refused" + rules);
    assertThat(ask(query("ads.example", RecordType.A)).join().getRcode()).isEqualTo(5);
    use("reject_answer: zero" + rules);
    assertThat(addresses(ask(query("ads.example", RecordType.A)))).containsExactly("0.0.0.0 60");
    assertThat(ask(query("ads.example", RecordType.TXT)).join().getSection(Section.ANSWER))
        .isEmpty();
    assertThat(ask(query("ads.example", RecordType.AAAA)).join().getSection(Section.ANSWER))
        .extracting(Record::rdataToString)
        .containsExactly("0:0:0:0:0:0:0:0");
  }

  @Test
  void responseRulesMayAskAnotherUpstreamAndTheAnswerIsKeptForTheQuestion() throws Exception {
    use(
        """
        upstream { near: 'udp://192.0.2.1:53'  far: 'udp://192.0.2.2:53' }
        routing {
          request { fallback: near }
          response { upstream(far) -> accept  ip(203.0.113.0/24) -> far  fallback: accept }
        }
        """);

    CompletableFuture<Message> reply = ask(query(WWW, RecordType.A));
    upstreams.next().answers(addressResponse(WWW, 300, "203.0.113.66"));
    FakeUpstreams.Asked second = upstreams.next();
    assertThat(second.upstream()).isEqualTo("far");
    second.answers(addressResponse(WWW, 300, "192.0.2.1"));

    assertThat(addresses(reply)).containsExactly("192.0.2.1 300");
    assertThat(ask(query(WWW, RecordType.A))).isCompleted();
  }

  @Test
  void anAnswerThatRulesRejectIsEmptiedAndKept() throws Exception {
    use(
        """
        upstream { up: 'udp://192.0.2.1:53' }
        routing {
          request { fallback: up }
          response { ip(203.0.113.0/24) -> reject  fallback: accept }
        }
        """);

    CompletableFuture<Message> reply = ask(query(WWW, RecordType.A));
    upstreams.next().answers(addressResponse(WWW, 300, "203.0.113.66"));

    assertThat(join(reply).getSection(Section.ANSWER)).isEmpty();
    assertThat(join(reply).getRcode()).isZero();
    assertThat(ask(query(WWW, RecordType.A))).isCompleted();
    assertThat(counters.get(Counter.ANSWERED_BY_RULE)).isEqualTo(1);
  }

  @Test
  void rulesThatGoInCirclesEndAfterThreeUpstreams() throws Exception {
    use(
        """
        upstream { one: 'udp://192.0.2.1:53'  two: 'udp://192.0.2.2:53' }
        routing {
          request { fallback: one }
          response { upstream(one) -> two  upstream(two) -> one  fallback: accept }
        }
        """);

    CompletableFuture<Message> reply = ask(dnssecQuery(WWW, RecordType.A, 1232));
    for (String name : List.of("one", "two", "one")) {
      FakeUpstreams.Asked asked = upstreams.next();
      assertThat(asked.upstream()).isEqualTo(name);
      asked.answers(addressResponse(WWW, 300, "192.0.2.1"));
    }

    assertThat(join(reply).getRcode()).isEqualTo(2);
    assertThat(error(reply)).contains("fourth upstream, 'two'");
    upstreams.assertNobodyElseAsked();
  }

  @Test
  void asisAsksTheServerTheClientAskedAndKeepsServersApart() throws Exception {
    use("");
    CompletableFuture<Message> google = ask(query(WWW, RecordType.A));
    FakeUpstreams.Asked asked = upstreams.next();
    assertThat(asked.upstream()).isEqualTo("asis 8.8.8.8");
    asked.answers(addressResponse(WWW, 300, "192.0.2.1"));
    assertThat(addresses(google)).containsExactly("192.0.2.1 300");

    client.setAsked(address("1.1.1.1", 53));
    CompletableFuture<Message> cloudflare = ask(query(WWW, RecordType.A));
    upstreams.next().answers(addressResponse(WWW, 300, "192.0.2.2"));
    assertThat(addresses(cloudflare)).containsExactly("192.0.2.2 300");
  }

  @Test
  void asisForAClientOfDnsBindIsServfailThatSaysWhy() throws Exception {
    use("");
    client.setIntercepted(false);

    CompletableFuture<Message> reply = ask(dnssecQuery(WWW, RecordType.A, 1232));

    assertThat(join(reply).getRcode()).isEqualTo(2);
    assertThat(error(reply)).contains("asis").contains("dns.bind").contains("routing.request");
    upstreams.assertNobodyElseAsked();
  }

  @Test
  void withoutRecursionDesiredAnUpstreamIsNeverAskedButTheCacheIs() throws Exception {
    Message plain = query(WWW, RecordType.A);
    plain.getHeader().unsetFlag(Flags.RD);

    assertThat(ask(plain).join().getRcode()).isEqualTo(5);
    CompletableFuture<Message> asking = ask(query(WWW, RecordType.A));
    upstreams.next().answers(addressResponse(WWW, 300, "192.0.2.1"));
    assertThat(addresses(asking)).hasSize(1);

    assertThat(addresses(ask(plain))).containsExactly("192.0.2.1 300");
    assertThat(counters.get(Counter.REFUSED_NO_RECURSION)).isEqualTo(1);
  }

  @Test
  void aResolverThatWalksTheTreeItselfReachesItsServersThroughAsis() throws Exception {
    use("");
    Message walking = query(WWW, RecordType.A);
    walking.getHeader().unsetFlag(Flags.RD);
    Message authoritative = addressResponse(WWW, 300, "192.0.2.1");
    authoritative.getHeader().setFlag(Flags.AA);

    CompletableFuture<Message> reply = ask(walking);
    FakeUpstreams.Asked asked = upstreams.next();
    asked.answers(authoritative);

    assertThat(asked.query().recursionDesired()).isFalse();
    assertThat(join(reply).getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(join(reply).getHeader().getFlag(Flags.RD)).isFalse();
  }

  @Test
  void aboveTheBoundQueriesAreRefusedAtOnceAndBelowItTakenAgain() throws Exception {
    controller = controller(ONE_UPSTREAM, 2);
    CompletableFuture<Message> first = ask(query("a.example.org", RecordType.A));
    CompletableFuture<Message> second = ask(query("b.example.org", RecordType.A));
    assertThat(controller.inFlight()).isEqualTo(2);

    CompletableFuture<Message> third = ask(query("c.example.org", RecordType.A));
    assertThat(third.join().getRcode()).isEqualTo(5);
    for (int i = 0; i < 2; i++) {
      FakeUpstreams.Asked asked = upstreams.next();
      asked.answers(addressResponse(asked.query().question().name(), 300, "192.0.2.1"));
    }
    join(first);
    join(second);

    CompletableFuture<Message> fourth = ask(query("d.example.org", RecordType.A));
    upstreams.next().answers(addressResponse("d.example.org", 300, "192.0.2.1"));
    assertThat(addresses(fourth)).hasSize(1);
    assertThat(counters.get(Counter.REFUSED_OVERLOAD)).isEqualTo(1);
  }

  @Test
  void messagesThatAreNoQueryGetWhatTheRfcsSayAndAreCounted() {
    Message transfer = query("example.org", RecordType.AXFR);
    Message notify = query("example.org", RecordType.SOA);
    notify.getHeader().setOpcode(4);
    Message two = query("example.org", RecordType.A);
    two.addRecord(query("example.com", RecordType.A).getQuestion(), Section.QUESTION);

    assertThat(ask(transfer).join().getRcode()).isEqualTo(5);
    assertThat(ask(notify).join().getRcode()).isEqualTo(4);
    assertThat(ask(two).join().getRcode()).isEqualTo(1);
    assertThat(now(Messages.response("example.org", 1).toWire())).isEqualTo(QueryController.DROP);
    assertThat(now(new byte[11])).isEqualTo(QueryController.DROP);
    assertThat(counters.get(Counter.REFUSED_TRANSFER)).isEqualTo(1);
    assertThat(counters.get(Counter.ANSWERED_MALFORMED)).isEqualTo(2);
    assertThat(counters.get(Counter.DROPPED_RESPONSE)).isEqualTo(1);
    assertThat(counters.get(Counter.DROPPED_TOO_SHORT)).isEqualTo(1);
  }

  @Test
  void aBugBelowIsServfailAndTheNextQueryIsAskedAnew() throws Exception {
    Logger log = Logger.getLogger("dev.gander.controller");
    log.setLevel(Level.OFF);
    CompletableFuture<Message> reply = ask(query(WWW, RecordType.A));
    upstreams.next().fails(new IllegalStateException("bug"));
    assertThat(join(reply).getRcode()).isEqualTo(2);
    log.setLevel(null);

    CompletableFuture<Message> again = ask(query(WWW, RecordType.A));
    upstreams.next().answers(addressResponse(WWW, 300, "192.0.2.1"));
    assertThat(addresses(again)).hasSize(1);
  }

  @Test
  void queriesUnderWayWhenFlightsEndAreAnsweredAndNewOnesToo() throws Exception {
    CompletableFuture<Message> waiting = ask(dnssecQuery(WWW, RecordType.A, 1232));
    upstreams.next();

    controller.end();

    assertThat(error(waiting)).isEqualTo("14 gander is stopping");
    assertThat(error(ask(dnssecQuery("b.example.org", 1, 1232))))
        .isEqualTo("14 gander is stopping");
  }

  @Test
  void eventsTellWhoAnsweredAndHowLongItTook() throws Exception {
    CompletableFuture<String> told = new CompletableFuture<>();
    CompletableFuture<Counter> now = new CompletableFuture<>();
    QueryEvents events =
        new QueryEvents() {
          @Override
          public void answeredNow(QueryView query, Client who, int rcode, Counter how) {
            now.complete(how);
          }

          @Override
          public void answered(Query query, Answer answer, Counter how, String from, long nanos) {
            told.complete(query.question() + " " + from + " " + nanos / 1_000_000);
          }
        };
    controller = controller(ONE_UPSTREAM, 1, Thread::startVirtualThread, events);

    CompletableFuture<Message> reply = ask(query(WWW, RecordType.A));
    FakeUpstreams.Asked asked = upstreams.next();
    clock.advance(Duration.ofMillis(30));
    asked.answers(addressResponse(WWW, 300, "192.0.2.1"));
    join(reply);
    join(ask(query(WWW, RecordType.A)));

    assertThat(told.get(20, TimeUnit.SECONDS)).isEqualTo("www.example.org A up 30");
    assertThat(now).isCompletedWithValue(Counter.ANSWERED_FROM_CACHE);
  }
}
