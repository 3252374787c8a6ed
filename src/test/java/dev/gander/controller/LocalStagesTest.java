package dev.gander.controller;

import static dev.gander.message.Messages.addressResponse;
import static dev.gander.message.Messages.dnssecQuery;
import static dev.gander.message.Messages.query;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.gander.message.QueryView;
import dev.gander.message.RecordType;
import dev.gander.message.Transport;
import dev.gander.observe.Counter;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** Stories of names that need no upstream, of limits, and of policies that share the cache. */
class LocalStagesTest extends ControllerStory {

  private static final String REVERSE = "5.1.168.192.in-addr.arpa";

  @Test
  void aSpecialNameLeavesOnlyWhereARuleNamesIt() throws Exception {
    use(
        """
        upstream { up: 'udp://192.0.2.53' near: 'udp://192.168.1.1' }
        routing {
          request {
            qname(168.192.in-addr.arpa) -> near
            !qname(example.org) && sip(10.0.0.0/8) -> up
            fallback: up
          }
        }
        """);
    CompletableFuture<Message> home = ask(dnssecQuery("nas.home.arpa", RecordType.A, 1232));
    assertThat(join(home).getRcode()).isEqualTo(3);
    assertThat(join(home).getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(error(home)).startsWith("29 'home.arpa'");
    CompletableFuture<Message> _ = ask(query(REVERSE, RecordType.PTR));
    assertThat(upstreams.next().upstream()).isEqualTo("near");
    upstreams.assertNobodyElseAsked();
    assertThat(counters.get(Counter.ANSWERED_LOCALLY)).isEqualTo(1);
  }

  @Test
  void asisToAServerOfThisNetworkMayAskForItsNames() throws Exception {
    use("routing { request { fallback: asis } }");
    assertThat(join(ask(query(REVERSE, RecordType.PTR))).getRcode()).isEqualTo(3);
    client.setAsked(address("192.168.1.1", 53));
    CompletableFuture<Message> _ = ask(query(REVERSE, RecordType.PTR));
    assertThat(upstreams.next().upstream()).isEqualTo("asis 192.168.1.1");
    assertThat(addresses(ask(query("localhost", RecordType.A)))).containsExactly("127.0.0.1 10800");
    upstreams.assertNobodyElseAsked();
  }

  @Test
  void aRejectedTypeOfASpecialNameStaysRejected() throws Exception {
    use(
        """
        upstream { up: 'udp://192.0.2.53' }
        reject_answer: refused
        routing { request { qtype(ptr) -> reject fallback: up } }
        """);
    assertThat(join(ask(query(REVERSE, RecordType.PTR))).getRcode()).isEqualTo(5);
  }

  @Test
  void rejectAnswersHaveASoaSoThatClientsDoNotAskAgain() throws Exception {
    for (String how : new String[] {"nodata", "nxdomain", "zero"}) {
      use(
          "reject_answer: "
              + how
              + " upstream { up: 'udp://192.0.2.53' }"
              + " routing { request { qname(example.org) -> reject fallback: up } }");
      Message https = join(ask(query(WWW, RecordType.HTTPS)));
      assertThat(https.getRcode()).isEqualTo(how.equals("nxdomain") ? 3 : 0);
      assertThat(https.getSection(Section.ANSWER)).isEmpty();
      assertThat(https.getSection(Section.AUTHORITY)).hasSize(1);
    }
    assertThat(addresses(ask(query(WWW, RecordType.A)))).containsExactly("0.0.0.0 60");
    assertThat(addresses(ask(query(WWW, RecordType.AAAA)))).containsExactly("0:0:0:0:0:0:0:0 60");
  }

  @Test
  void policiesOfClientsShareTheCacheWhereTheirOutcomeIsEqual() throws Exception {
    use(
        """
        upstream { family: 'udp://192.0.2.1' usual: 'udp://192.0.2.2' }
        routing {
          request {
            sip(10.0.0.2) -> usual
            mac('02:42:ac:11:00:02') -> usual
            sip(10.0.0.3) -> family
            fallback: usual
          }
        }
        """);
    CompletableFuture<Message> first = ask(query(WWW, RecordType.A));
    upstreams.next().answers(addressResponse(WWW, 300, "192.0.2.10"));
    assertThat(addresses(first)).hasSize(1);
    client.setSource(address("10.0.0.9", 1));
    assertThat(ask(query(WWW, RecordType.A))).isCompleted();
    client.setSource(address("10.0.0.8", 1));
    client.setMac(0x0242ac110002L);
    assertThat(ask(query(WWW, RecordType.A))).isCompleted();
    client.clearIdentity();
    client.setSource(address("10.0.0.3", 1));
    CompletableFuture<Message> other = ask(query(WWW, RecordType.A));
    FakeUpstreams.Asked asked = upstreams.next();
    assertThat(asked.upstream()).isEqualTo("family");
    asked.answers(addressResponse(WWW, 300, "192.0.2.11"));
    assertThat(addresses(other)).containsExactly("192.0.2.11 300");
  }

  @Test
  void beyondTheLimitAClientIsRefusedOrSentToTcp() throws Exception {
    use("client_rate_limit: 1 " + ONE_UPSTREAM);
    CompletableFuture<Message> _ = ask(query("localhost", RecordType.A));
    assertThat(join(ask(query("localhost", RecordType.A))).getRcode()).isEqualTo(5);

    use("client_rate_limit: 1 client_rate_limit_answer: tc " + ONE_UPSTREAM);
    CompletableFuture<Message> _ = ask(query("localhost", RecordType.A));
    Message cut = join(ask(query("localhost", RecordType.A)));
    assertThat(cut.getRcode()).isZero();
    assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
    assertThat(cut.getSection(Section.ANSWER)).isEmpty();
    client.setTransport(Transport.TCP);
    assertThat(addresses(ask(query("localhost", RecordType.A)))).hasSize(1);
    assertThat(counters.get(Counter.REFUSED_RATE_LIMIT)).isEqualTo(2);
  }

  @Test
  void localNamesAndRefusedClientsCostNoGarbage() {
    use("client_rate_limit: 1000 " + ONE_UPSTREAM);
    byte[][] wires = {
      query("localhost", RecordType.A).toWire(), dnssecQuery("a.onion", 28, 1232).toWire()
    };
    QueryView view = new QueryView();
    byte[] out = new byte[1232];
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = 0;
    for (int i = 0; i < 400_000; i++) {
      if (i == 300_000) {
        allocated = threads.getCurrentThreadAllocatedBytes();
      }
      if (i % 100 == 0) {
        clock.advance(Duration.ofMillis(50));
      }
      byte[] wire = wires[i & 1];
      view.parse(wire, 0, wire.length);
      controller.answerNow(view, client, out);
    }
    allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
    assertThat(counters.get(Counter.ANSWERED_LOCALLY)).isPositive();
    assertThat(counters.get(Counter.REFUSED_RATE_LIMIT)).isPositive();
    // The clock's own steps allocate a little; 100,000 queries that each did would be megabytes.
    assertThat(allocated).isLessThan(400_000);
  }
}
