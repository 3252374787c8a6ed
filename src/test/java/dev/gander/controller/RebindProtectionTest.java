package dev.gander.controller;

import static dev.gander.message.Messages.addressResponse;
import static dev.gander.message.Messages.dnssecQuery;
import static dev.gander.message.Messages.name;
import static dev.gander.message.Messages.response;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.HTTPSRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.SVCBBase;
import org.xbill.DNS.Section;

/** Public names that would lead a browser into this network. */
class RebindProtectionTest extends ControllerStory {

  private static final String RULES =
      """
      rebind_protection: true
      upstream {
        near: 'udp://192.168.1.1'
        far: 'udp://192.0.2.53'
      }
      upstream_group { nearby { upstream: near } }
      routing {
        request {
          qname(lan) -> near
          qname(grouped.example) -> nearby
          qname(odd.example) -> far
          !qname(example.org) && qtype(mx) -> near
          fallback: far
        }
        response {
          qname(allowed.example) -> accept
          fallback: accept
        }
      }
      """;

  @BeforeEach
  void protect() {
    use(RULES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "127.0.0.1", "192.168.1.1", "169.254.1.1", "100.64.0.1"})
  void aPrivateAddressOfAPublicNameIsWithheld(String address) throws Exception {
    CompletableFuture<Message> reply = answered(WWW, address);
    assertThat(addresses(reply)).isEmpty();
    assertThat(join(reply).getRcode()).isZero();
    assertThat(join(reply).getSection(Section.AUTHORITY)).hasSize(1);
    assertThat(error(reply)).startsWith("15 rebind_protection");
    assertThat(addresses(ask(dnssecQuery(WWW, RecordType.A, 1232)))).isEmpty();
    upstreams.assertNobodyElseAsked();
    assertThat(counters.get(Counter.REBINDS_BLOCKED)).isEqualTo(1);
  }

  @Test
  void publicAddressesPass() {
    assertThat(addresses(answered(WWW, "192.0.2.1"))).hasSize(1);
  }

  @Test
  void ipv6AndHintsCount() throws Exception {
    Message six = response(WWW, RecordType.AAAA);
    InetAddress mapped = InetAddress.getByAddress(InetAddress.ofLiteral("fd00::1").getAddress());
    six.addRecord(new AAAARecord(name(WWW), DClass.IN, 60, mapped), Section.ANSWER);
    assertThat(addresses(answered(RecordType.AAAA, six))).isEmpty();

    Message https = response(WWW, RecordType.HTTPS);
    SVCBBase.ParameterIpv4Hint hint = new SVCBBase.ParameterIpv4Hint();
    hint.fromString("192.0.2.1,192.168.1.1");
    https.addRecord(
        new HTTPSRecord(name(WWW), DClass.IN, 60, 1, name("."), List.of(hint)), Section.ANSWER);
    assertThat(addresses(answered(RecordType.HTTPS, https))).isEmpty();

    Message fine = response("b.example", RecordType.HTTPS);
    SVCBBase.ParameterIpv4Hint fineHint = new SVCBBase.ParameterIpv4Hint();
    fineHint.fromString("192.0.2.1");
    fine.addRecord(
        new HTTPSRecord(name("b.example"), DClass.IN, 60, 1, name("."), List.of(fineHint)),
        Section.ANSWER);
    CompletableFuture<Message> reply = ask(dnssecQuery("b.example", RecordType.HTTPS, 1232));
    next(fine);
    assertThat(addresses(reply)).hasSize(1);
  }

  @Test
  void aRuleMaySendANameToAServerOfThisNetwork() {
    assertThat(addresses(answered("nas.lan", "192.168.1.7"))).hasSize(1);
    assertThat(addresses(answered("a.grouped.example", "192.168.1.7"))).hasSize(1);
    assertThat(addresses(answered("allowed.example", "192.168.1.7"))).hasSize(1);
    assertThat(addresses(answered("odd.example", "192.168.1.7"))).isEmpty();
  }

  private CompletableFuture<Message> answered(String name, String address) {
    CompletableFuture<Message> reply = ask(dnssecQuery(name, RecordType.A, 1232));
    next(addressResponse(name, 300, address));
    return reply;
  }

  private CompletableFuture<Message> answered(int type, Message response) {
    CompletableFuture<Message> reply = ask(dnssecQuery(WWW, type, 1232));
    next(response);
    return reply;
  }

  private void next(Message response) {
    try {
      upstreams.next().answers(response);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
