package dev.gander.controller;

import static dev.gander.message.Messages.addressResponse;
import static dev.gander.message.Messages.dnssecQuery;
import static dev.gander.message.Messages.name;
import static dev.gander.message.Messages.negativeResponse;
import static dev.gander.message.Messages.response;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** Stories of ipversion_prefer. */
class PreferenceTest extends ControllerStory {

  @BeforeEach
  void preferIpv4() {
    use("ipversion_prefer: 4 " + ONE_UPSTREAM);
  }

  @Test
  void whereBothExistTheOtherVersionIsEmpty() throws Exception {
    CompletableFuture<Message> six = askSix();
    both(four(), six());
    assertThat(addresses(six)).isEmpty();
    assertThat(join(six).getRcode()).isZero();
    assertThat(join(six).getSection(Section.AUTHORITY)).hasSize(1);
    assertThat(error(six)).startsWith("29 ipversion_prefer");

    assertThat(askSix()).isCompleted();
    assertThat(addresses(askSix())).isEmpty();
    assertThat(addresses(askFour())).containsExactly("192.0.2.1 300");
    upstreams.assertNobodyElseAsked();
    assertThat(counters.get(Counter.ANSWERED_BY_PREFERENCE)).isEqualTo(3);
  }

  @Test
  void whereOnlyTheOtherExistsItIsGiven() throws Exception {
    CompletableFuture<Message> six = askSix();
    both(negativeResponse(WWW, RecordType.A, 0, 60, 60), six());
    assertThat(addresses(six)).containsExactly("2001:db8:0:0:0:0:0:1 300");
    assertThat(askSix()).isCompleted();
    assertThat(addresses(askSix())).hasSize(1);
    upstreams.assertNobodyElseAsked();
  }

  @Test
  void thePreferredVersionAloneIsAskedForItself() throws Exception {
    CompletableFuture<Message> four = askFour();
    upstreams.next().answers(four());
    assertThat(addresses(four)).hasSize(1);
    assertThat(addresses(askSix())).isEmpty();
    upstreams.assertNobodyElseAsked();
  }

  @Test
  void aPreferredAnswerThatDoesNotComeIsWaitedForAMomentOnly() throws Exception {
    CompletableFuture<Message> six = askSix();
    clock.awaitWaiting(1);
    answerOnly(RecordType.AAAA, six());
    Message cachedOnly = dnssecQuery(WWW, RecordType.AAAA, 1232);
    cachedOnly.getHeader().unsetFlag(Flags.RD);
    Eventually.holds(() -> join(ask(cachedOnly)).getRcode() == 0);
    clock.advance(Duration.ofMillis(600));
    assertThat(addresses(six)).containsExactly("2001:db8:0:0:0:0:0:1 300");
  }

  @Test
  void aFailureOfThePreferredVersionHidesNothing() throws Exception {
    CompletableFuture<Message> six = askSix();
    Message failure = response(WWW, RecordType.A);
    failure.getHeader().setRcode(2);
    both(failure, six());
    assertThat(addresses(six)).hasSize(1);
  }

  @Test
  void otherTypesAndOtherPreferencesAreLeftAlone() throws Exception {
    CompletableFuture<Message> mx = ask(dnssecQuery(WWW, RecordType.MX, 1232));
    upstreams.next().answers(negativeResponse(WWW, RecordType.MX, 0, 60, 60));
    assertThat(addresses(mx)).isEmpty();
    upstreams.assertNobodyElseAsked();

    use("ipversion_prefer: 6 " + ONE_UPSTREAM);
    CompletableFuture<Message> four = askFour();
    both(four(), six());
    assertThat(addresses(four)).isEmpty();
  }

  @Test
  void anUpstreamMayHaveItsOwnPreference() throws Exception {
    use(
        """
        ipversion_prefer: 4
        upstream {
          up: 'udp://192.0.2.53?ipversion_prefer=0'
          other: 'udp://192.0.2.54'
        }
        routing { request { qname(example.org) -> up fallback: other } }
        """);
    CompletableFuture<Message> six = askSix();
    answerOnly(RecordType.AAAA, six());
    assertThat(addresses(six)).hasSize(1);
    upstreams.assertNobodyElseAsked();
  }

  private CompletableFuture<Message> askFour() {
    return ask(dnssecQuery(WWW, RecordType.A, 1232));
  }

  private CompletableFuture<Message> askSix() {
    return ask(dnssecQuery(WWW, RecordType.AAAA, 1232));
  }

  private static Message four() {
    return addressResponse(WWW, 300, "192.0.2.1");
  }

  private static Message six() {
    Message six = response(WWW, RecordType.AAAA);
    InetAddress address = InetAddress.ofLiteral("2001:db8::1");
    six.addRecord(new AAAARecord(name(WWW), DClass.IN, 300, address), Section.ANSWER);
    return six;
  }

  private void both(Message four, Message six) throws Exception {
    for (int i = 0; i < 2; i++) {
      FakeUpstreams.Asked asked = upstreams.next();
      asked.answers(asked.query().type() == RecordType.A ? four : six);
    }
  }

  private void answerOnly(int type, Message answer) throws Exception {
    FakeUpstreams.Asked asked = upstreams.next();
    if (asked.query().type() != type) {
      asked = upstreams.next();
    }
    asked.answers(answer);
  }
}
