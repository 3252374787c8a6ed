package dev.gander.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

class AnswerTest {

  private static final org.xbill.DNS.Name WWW = name("www.example.org.");
  private static final org.xbill.DNS.Name ZONE = name("example.org.");

  @Test
  void anAnswerGoesOutWithTheClientsIdAndSpellingAndTheUpstreamsRecords() throws IOException {
    Message upstream = response("www.example.org.", Type.A);
    upstream.addRecord(a(WWW, 300, "192.0.2.1"), Section.ANSWER);
    Answer answer = parse(upstream);

    Message reply = reply(answer, view(query("wWw.ExAmPlE.oRg.", Type.A, 0x1234)), 0);

    assertThat(reply.getHeader().getID()).isEqualTo(0x1234);
    assertThat(reply.getQuestion().getName().toString()).isEqualTo("wWw.ExAmPlE.oRg.");
    assertThat(reply.getHeader().getFlag(Flags.QR)).isTrue();
    assertThat(reply.getHeader().getFlag(Flags.RA)).isTrue();
    assertThat(reply.getHeader().getFlag(Flags.RD)).isTrue();
    assertThat(reply.getSection(Section.ANSWER)).containsExactly(a(WWW, 300, "192.0.2.1"));
    assertThat(reply.getOPT()).isNull();
  }

  @Test
  void ttlsCountDownButNotBelowZero() throws IOException {
    Message upstream = response("www.example.org.", Type.A);
    upstream.addRecord(new CNAMERecord(WWW, DClass.IN, 10, ZONE), Section.ANSWER);
    upstream.addRecord(a(ZONE, 300, "192.0.2.1"), Section.ANSWER);
    Answer answer = parse(upstream);

    Message reply = reply(answer, view(query("www.example.org.", Type.A, 1)), 20);

    assertThat(answer.ttl()).isEqualTo(10);
    assertThat(reply.getSection(Section.ANSWER))
        .extracting(Record::getTTL)
        .containsExactly(0L, 280L);
    assertThat(answer.aged(20)).isEqualTo(parse(reply));
  }

  @Test
  void aNegativeAnswerHoldsAsLongAsItsSoaSays() throws IOException {
    Message nodata = response("www.example.org.", Type.AAAA);
    nodata.addRecord(soa(3600, 60), Section.AUTHORITY);
    Message nxdomain = response("www.example.org.", Type.A);
    nxdomain.getHeader().setRcode(3);
    nxdomain.addRecord(soa(30, 3600), Section.AUTHORITY);

    assertThat(parse(nodata).kind()).isEqualTo(Answer.Kind.NODATA);
    assertThat(parse(nodata).ttl()).isEqualTo(60);
    assertThat(parse(nxdomain).kind()).isEqualTo(Answer.Kind.NXDOMAIN);
    assertThat(parse(nxdomain).ttl()).isEqualTo(30);
    assertThat(parse(response("www.example.org.", Type.A)).ttl()).isZero();
  }

  @Test
  void optOfTheUpstreamIsNeverPassedOnButItsExtendedErrorIs() throws IOException {
    Message upstream = response("www.example.org.", Type.A);
    upstream.getHeader().setRcode(2);
    EDNSOption error = new ExtendedErrorCodeOption(22, "nobody home");
    upstream.addRecord(new OPTRecord(4096, 0, 0, 0, error), Section.ADDITIONAL);
    Answer answer = parse(upstream);

    Message plain = reply(answer, view(query("www.example.org.", Type.A, 1)), 0);
    Message withEdns = query("www.example.org.", Type.A, 1);
    withEdns.addRecord(new OPTRecord(1400, 0, 0, Flags.DO), Section.ADDITIONAL);
    Message rich = reply(answer, view(withEdns), 0);

    assertThat(plain.getOPT()).isNull();
    assertThat(rich.getRcode()).isEqualTo(2);
    assertThat(rich.getOPT().getPayloadSize()).isEqualTo(1232);
    assertThat(rich.getOPT().getFlags()).isEqualTo(Flags.DO);
    assertThat(rich.getOPT().getOptions()).containsExactly(error);
  }

  @Test
  void anAnswerTooLargeForTheClientIsCutAtARecordAndSaysSo() throws IOException {
    Message upstream = response("www.example.org.", Type.A);
    for (int i = 1; i <= 60; i++) {
      upstream.addRecord(a(WWW, 300, "192.0.2." + i), Section.ANSWER);
    }
    Answer answer = parse(upstream);

    QueryView small = view(query("www.example.org.", Type.A, 1));
    Message cut = reply(answer, small, 0);
    Message whole = new Message(written(answer, small, Transport.TCP));

    assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
    assertThat(cut.numBytes()).isLessThanOrEqualTo(512);
    assertThat(cut.getSection(Section.ANSWER)).hasSize((512 - 33) / 16);
    assertThat(whole.getHeader().getFlag(Flags.TC)).isFalse();
    assertThat(whole.getSection(Section.ANSWER)).hasSize(60);
  }

  @Test
  void anAnswerThatLosesOnlyAdditionalRecordsIsNotTruncated() throws IOException {
    Message upstream = response("www.example.org.", Type.A);
    upstream.addRecord(a(WWW, 300, "192.0.2.1"), Section.ANSWER);
    for (int i = 1; i <= 60; i++) {
      upstream.addRecord(a(ZONE, 300, "192.0.2." + i), Section.ADDITIONAL);
    }

    Message cut = reply(parse(upstream), view(query("www.example.org.", Type.A, 1)), 0);

    assertThat(cut.getHeader().getFlag(Flags.TC)).isFalse();
    assertThat(cut.numBytes()).isLessThanOrEqualTo(512);
    assertThat(cut.getSection(Section.ANSWER)).hasSize(1);
  }

  @Test
  void adIsOnlySaidToThoseWhoUnderstandIt() throws IOException {
    Message upstream = response("www.example.org.", Type.A);
    upstream.getHeader().setFlag(Flags.AD);
    upstream.addRecord(a(WWW, 300, "192.0.2.1"), Section.ANSWER);
    Message asksAd = query("www.example.org.", Type.A, 1);
    asksAd.getHeader().setFlag(Flags.AD);

    Message silent = reply(parse(upstream), view(query("www.example.org.", Type.A, 1)), 0);
    Message told = reply(parse(upstream), view(asksAd), 0);

    assertThat(silent.getHeader().getFlag(Flags.AD)).isFalse();
    assertThat(told.getHeader().getFlag(Flags.AD)).isTrue();
  }

  @Test
  void anAnswerToAnotherQuestionIsRefused() throws IOException {
    byte[] wire = response("www.example.org.", Type.A).toWire();

    assertThatThrownBy(() -> Answer.parse(wire, 0, wire.length, Question.of("example.org", 1)))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("another question than example.org A");
    assertThatThrownBy(() -> Answer.parse(wire, 0, 11, Question.of("www.example.org", 1)))
        .isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void addressesOfAnAnswerAreSeen() throws IOException {
    Message upstream = response("www.example.org.", Type.A);
    upstream.addRecord(new CNAMERecord(WWW, DClass.IN, 10, ZONE), Section.ANSWER);
    upstream.addRecord(a(ZONE, 300, "192.0.2.9"), Section.ANSWER);

    InetAddress seen = InetAddress.getByName("192.0.2.9");
    Answer answer = parse(upstream);

    assertThat(answer.anyAddress((high, low) -> Client.address(high, low).equals(seen))).isTrue();
    assertThat(answer.anyAddress((high, low) -> false)).isFalse();
  }

  @Test
  void aRejectedNameIsAnsweredWithASoaThatClientsKeep() throws IOException {
    Answer nodata = Answer.negative(Rcode.NOERROR, 60, ExtendedError.BLOCKED, "by a rule");

    Message reply = reply(nodata, view(query("ads.example.org.", Type.A, 1)), 0);

    SOARecord soa = (SOARecord) reply.getSection(Section.AUTHORITY).getFirst();
    assertThat(soa.getName().toString()).isEqualTo("ads.example.org.");
    assertThat(soa.getHost().toString()).isEqualTo("ads.example.org.");
    assertThat(soa.getAdmin().toString()).isEqualTo("nobody.invalid.");
    assertThat(soa.getTTL()).isEqualTo(60);
    assertThat(soa.getMinimum()).isEqualTo(60);
  }

  @Test
  void ttlsAreHeldInBounds() throws IOException {
    Message upstream = response("www.example.org.", Type.A);
    upstream.addRecord(a(WWW, 5, "192.0.2.1"), Section.ANSWER);
    upstream.addRecord(a(WWW, 1_000_000, "192.0.2.2"), Section.ANSWER);

    Answer bounded = parse(upstream).withTtlBetween(60, 86_400);

    assertThat(bounded.ttl()).isEqualTo(60);
    assertThat(
            reply(bounded, view(query("www.example.org.", Type.A, 1)), 0)
                .getSection(Section.ANSWER))
        .extracting(Record::getTTL)
        .containsExactly(60L, 86_400L);
  }

  private static Answer parse(Message message) throws IOException {
    byte[] wire = message.toWire();
    Record question = message.getQuestion();
    return Answer.parse(
        wire, 0, wire.length, Question.of(question.getName().toString(), question.getType()));
  }

  private static Message reply(Answer answer, Request request, int age) throws IOException {
    byte[] out = new byte[1232];
    int length = answer.writeTo(request, age, request.answerLimit(Transport.UDP), out);
    return new Message(Arrays.copyOf(out, length));
  }

  private static byte[] written(Answer answer, Request request, Transport transport) {
    byte[] out = new byte[0xffff];
    return Arrays.copyOf(out, answer.writeTo(request, 0, request.answerLimit(transport), out));
  }

  private static QueryView view(Message query) {
    QueryView view = new QueryView();
    byte[] wire = query.toWire();
    assertThat(view.parse(wire, 0, wire.length)).isEqualTo(QueryView.Verdict.OK);
    return view;
  }

  private static Message query(String name, int type, int id) {
    Message query = Message.newQuery(Record.newRecord(name(name), type, DClass.IN));
    query.getHeader().setID(id);
    return query;
  }

  private static Message response(String name, int type) {
    Message response = query(name, type, 0);
    response.getHeader().setFlag(Flags.QR);
    return response;
  }

  private static ARecord a(org.xbill.DNS.Name owner, long ttl, String address) {
    try {
      return new ARecord(owner, DClass.IN, ttl, InetAddress.getByName(address));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static SOARecord soa(long ttl, long minimum) {
    return new SOARecord(ZONE, DClass.IN, ttl, ZONE, ZONE, 1, 2, 3, 4, minimum);
  }

  private static org.xbill.DNS.Name name(String text) {
    try {
      return org.xbill.DNS.Name.fromString(text);
    } catch (TextParseException e) {
      throw new AssertionError(e);
    }
  }
}
