package dev.gander.message;

import static dev.gander.message.Messages.a;
import static dev.gander.message.Messages.addressResponse;
import static dev.gander.message.Messages.answer;
import static dev.gander.message.Messages.cname;
import static dev.gander.message.Messages.dnssecQuery;
import static dev.gander.message.Messages.negativeResponse;
import static dev.gander.message.Messages.query;
import static dev.gander.message.Messages.reply;
import static dev.gander.message.Messages.response;
import static dev.gander.message.Messages.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;

class AnswerTest {

  private static final String WWW = "www.example.org";

  @Test
  void anAnswerGoesOutWithTheClientsIdAndSpellingAndTheUpstreamsRecords() {
    Answer answer = answer(addressResponse(WWW, 300, "192.0.2.1"));

    Message reply = reply(answer, view(query("wWw.ExAmPlE.oRg", RecordType.A, 0x1234)), 0);

    assertThat(reply.getHeader().getID()).isEqualTo(0x1234);
    assertThat(reply.getQuestion().getName().toString()).isEqualTo("wWw.ExAmPlE.oRg.");
    assertThat(reply.getHeader().getFlag(Flags.QR)).isTrue();
    assertThat(reply.getHeader().getFlag(Flags.RA)).isTrue();
    assertThat(reply.getHeader().getFlag(Flags.RD)).isTrue();
    assertThat(reply.getSection(Section.ANSWER)).containsExactly(a(WWW, 300, "192.0.2.1"));
    assertThat(reply.getOPT()).isNull();
  }

  @Test
  void ttlsCountDownButNotBelowZero() {
    Message upstream = response(WWW, RecordType.A);
    upstream.addRecord(cname(WWW, 10, "example.org"), Section.ANSWER);
    upstream.addRecord(a("example.org", 300, "192.0.2.1"), Section.ANSWER);
    Answer answer = answer(upstream);

    Message reply = reply(answer, view(query(WWW, RecordType.A)), 20);

    assertThat(answer.ttl()).isEqualTo(10);
    assertThat(reply.getSection(Section.ANSWER))
        .extracting(Record::getTTL)
        .containsExactly(0L, 280L);
    assertThat(answer.aged(20)).isEqualTo(answer(reply));
  }

  @Test
  void aTtlWithItsTopBitSetCountsAsZero() throws Exception {
    byte[] wire = addressResponse(WWW, 300, "192.0.2.1").toWire();
    wire[wire.length - 10] = (byte) 0x80;

    assertThat(Answer.parse(wire, 0, wire.length, Question.of(WWW, RecordType.A)).ttl()).isZero();
  }

  @Test
  void anAnswerWhoseNamesLeadNowhereIsNoAnswer() throws Exception {
    byte[] wire = addressResponse(WWW, 300, "192.0.2.1").toWire();
    int owner = wire.length - 16; // a pointer, then type, class, TTL, length, four bytes of address
    assertThat(Wire.u16(wire, owner)).isEqualTo(0xc00c);
    for (int target : new int[] {owner, owner + 2, 0, Wire.HEADER - 1, wire.length}) {
      byte[] looping = wire.clone();
      Wire.put16(looping, owner, 0xc000 | target);
      assertThatThrownBy(() -> parse(looping, RecordType.A))
          .as("pointer to %d", target)
          .isInstanceOf(MalformedMessageException.class);
    }
  }

  @Test
  void anAnswerWhoseDataIsNotOfItsTypeIsNoAnswer() throws Exception {
    byte[] wire = addressResponse(WWW, 300, "192.0.2.1").toWire();
    int data = wire.length - 4;
    int type = data - 10;
    for (int wrong : new int[] {RecordType.AAAA, RecordType.CNAME, RecordType.MX, RecordType.SOA}) {
      byte[] other = wire.clone();
      Wire.put16(other, type, wrong);
      assertThatThrownBy(() -> parse(other, RecordType.A))
          .as("type %d", wrong)
          .isInstanceOf(MalformedMessageException.class);
    }
    byte[] alias = wire.clone();
    Wire.put16(alias, type, RecordType.CNAME);
    Wire.put32(alias, data, 0x0161_c00c); // one label, then a pointer to the question
    assertThat(parse(alias, RecordType.A).answerCount()).isEqualTo(1);
    Wire.put16(alias, data + 2, 0xc000 | data); // the same label again, for ever
    assertThatThrownBy(() -> parse(alias, RecordType.A))
        .isInstanceOf(MalformedMessageException.class);
  }

  private static Answer parse(byte[] wire, int type) throws MalformedMessageException {
    return Answer.parse(wire, 0, wire.length, Question.of(WWW, type));
  }

  @Test
  void aNegativeAnswerHoldsAsLongAsItsSoaSays() {
    Answer nodata = answer(negativeResponse(WWW, RecordType.AAAA, 0, 3600, 60));
    Answer nxdomain = answer(negativeResponse(WWW, RecordType.A, 3, 30, 3600));

    assertThat(nodata.kind()).isEqualTo(Answer.Kind.NODATA);
    assertThat(nodata.ttl()).isEqualTo(60);
    assertThat(nxdomain.kind()).isEqualTo(Answer.Kind.NXDOMAIN);
    assertThat(nxdomain.ttl()).isEqualTo(30);
  }

  @Test
  void aNegativeAnswerWithoutSoaIsNotForKeeping() {
    assertThat(answer(response(WWW, RecordType.A)).ttl()).isZero();
  }

  @Test
  void anAliasWithoutTheAskedTypeIsNegativeIfASoaSaysSo() {
    Message upstream = negativeResponse(WWW, RecordType.AAAA, 0, 50, 3600);
    upstream.addRecord(cname(WWW, 300, "example.org"), Section.ANSWER);

    assertThat(answer(upstream).kind()).isEqualTo(Answer.Kind.NODATA);
    assertThat(answer(upstream).ttl()).isEqualTo(50);
  }

  @Test
  void optOfTheUpstreamIsNeverPassedOnButItsExtendedErrorIs() {
    Message upstream = response(WWW, RecordType.A);
    upstream.getHeader().setRcode(2);
    EDNSOption error = new ExtendedErrorCodeOption(22, "nobody home");
    upstream.addRecord(new OPTRecord(4096, 0, 0, 0, error), Section.ADDITIONAL);
    Answer answer = answer(upstream);

    Message plain = reply(answer, view(query(WWW, RecordType.A)), 0);
    Message rich = reply(answer, view(dnssecQuery(WWW, RecordType.A, 1400)), 0);

    assertThat(plain.getOPT()).isNull();
    assertThat(rich.getRcode()).isEqualTo(2);
    assertThat(rich.getOPT().getPayloadSize()).isEqualTo(1232);
    assertThat(rich.getOPT().getFlags()).isEqualTo(Flags.DO);
    assertThat(rich.getOPT().getOptions()).containsExactly(error);
  }

  @Test
  void anExtendedRcodeIsServfailToClientsWithoutEdns() {
    Message upstream = response(WWW, RecordType.A);
    upstream.addRecord(new OPTRecord(1232, 1, 0), Section.ADDITIONAL);
    Answer answer = answer(upstream);

    assertThat(answer.rcode()).isEqualTo(Rcode.BADVERS);
    assertThat(reply(answer, view(query(WWW, RecordType.A)), 0).getRcode()).isEqualTo(2);
    assertThat(reply(answer, view(dnssecQuery(WWW, RecordType.A, 1232)), 0).getRcode())
        .isEqualTo(16);
  }

  @Test
  void anAnswerTooLargeForTheClientIsCutAtARecordAndSaysSo() {
    Message upstream = response(WWW, RecordType.A);
    for (int i = 1; i <= 100; i++) {
      upstream.addRecord(a(WWW, 300, "192.0.2." + i), Section.ANSWER);
    }
    Answer answer = answer(upstream);

    QueryView small = view(query(WWW, RecordType.A));
    Message cut = reply(answer, small, 0);
    Message offered4096 = reply(answer, view(dnssecQuery(WWW, RecordType.A, 4096)), 0);
    byte[] out = new byte[0xffff];
    Message whole = Messages.read(out, answer.writeTo(small, 0, 0xffff, out));

    assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
    assertThat(cut.numBytes()).isLessThanOrEqualTo(512);
    assertThat(cut.getSection(Section.ANSWER)).hasSize((512 - 33) / 16);
    assertThat(offered4096.numBytes()).isBetween(1232 - 16, 1232);
    assertThat(whole.getHeader().getFlag(Flags.TC)).isFalse();
    assertThat(whole.getSection(Section.ANSWER)).hasSize(100);
  }

  @Test
  void anAnswerThatLosesOnlyAdditionalRecordsIsNotTruncated() {
    Message upstream = addressResponse(WWW, 300, "192.0.2.1");
    for (int i = 1; i <= 60; i++) {
      upstream.addRecord(a("example.org", 300, "192.0.2." + i), Section.ADDITIONAL);
    }

    Message cut = reply(answer(upstream), view(query(WWW, RecordType.A)), 0);

    assertThat(cut.getHeader().getFlag(Flags.TC)).isFalse();
    assertThat(cut.numBytes()).isLessThanOrEqualTo(512);
    assertThat(cut.getSection(Section.ANSWER)).hasSize(1);
  }

  @Test
  void adIsOnlySaidToThoseWhoUnderstandIt() {
    Message upstream = addressResponse(WWW, 300, "192.0.2.1");
    upstream.getHeader().setFlag(Flags.AD);
    Message asksAd = query(WWW, RecordType.A);
    asksAd.getHeader().setFlag(Flags.AD);

    Message silent = reply(answer(upstream), view(query(WWW, RecordType.A)), 0);
    Message told = reply(answer(upstream), view(asksAd), 0);

    assertThat(silent.getHeader().getFlag(Flags.AD)).isFalse();
    assertThat(told.getHeader().getFlag(Flags.AD)).isTrue();
  }

  @Test
  void anAnswerToAnotherQuestionIsRefused() {
    byte[] wire = response(WWW, RecordType.A).toWire();

    assertThatThrownBy(() -> Answer.parse(wire, 0, wire.length, Question.of("example.org", 1)))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("another question than example.org A");
    assertThatThrownBy(() -> Answer.parse(wire, 0, 11, Question.of(WWW, 1)))
        .isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void aResponseCutInAMiddleOfARecordIsTruncatedIfItSaysSoAndMalformedIfNot() throws Exception {
    Message upstream = addressResponse(WWW, 300, "192.0.2.1");
    byte[] lying = upstream.toWire();
    upstream.getHeader().setFlag(Flags.TC);
    byte[] honest = upstream.toWire();
    Question question = Question.of(WWW, RecordType.A);

    Answer cut = Answer.parse(honest, 0, honest.length - 1, question);

    assertThat(cut.truncated()).isTrue();
    assertThat(cut.answerCount()).isZero();
    assertThatThrownBy(() -> Answer.parse(lying, 0, lying.length - 1, question))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessage("record 1 of 1 at byte 33 is malformed");
  }

  @Test
  void addressesOfAnAnswerAreSeen() throws UnknownHostException {
    InetAddress six = InetAddress.getByName("2001:db8::9");
    Message upstream = response(WWW, RecordType.AAAA);
    upstream.addRecord(cname(WWW, 10, "example.org"), Section.ANSWER);
    upstream.addRecord(
        new AAAARecord(Messages.name("example.org"), DClass.IN, 300, six), Section.ANSWER);
    Answer answer = answer(upstream);
    Answer four = answer(addressResponse(WWW, 300, "192.0.2.9"));
    InetAddress seen = InetAddress.getByName("192.0.2.9");

    assertThat(answer.anyAddress((high, low) -> Client.address(high, low).equals(six))).isTrue();
    assertThat(four.anyAddress((high, low) -> Client.address(high, low).equals(seen))).isTrue();
    assertThat(answer.anyAddress((high, low) -> false)).isFalse();
  }

  @Test
  void aRejectedNameIsAnsweredWithASoaThatClientsKeep() {
    Answer nodata = Answer.negative(Rcode.NOERROR, 60, ExtendedError.BLOCKED, "by a rule");

    Message reply = reply(nodata, view(query("ads.example.org", RecordType.A)), 0);

    SOARecord soa = (SOARecord) reply.getSection(Section.AUTHORITY).getFirst();
    assertThat(soa.getName().toString()).isEqualTo("ads.example.org.");
    assertThat(soa.getHost().toString()).isEqualTo("ads.example.org.");
    assertThat(soa.getAdmin().toString()).isEqualTo("nobody.invalid.");
    assertThat(soa.getTTL()).isEqualTo(60);
    assertThat(soa.getMinimum()).isEqualTo(60);
  }

  @Test
  void anExtendedErrorIsCutAtACharacterNotInsideOne() {
    Answer failure = Answer.failure(Rcode.SERVFAIL, ExtendedError.OTHER, "鹅".repeat(200));

    Message reply = reply(failure, view(dnssecQuery(WWW, RecordType.A, 1232)), 0);

    assertThat(reply.getOPT().getOptions())
        .containsExactly(new ExtendedErrorCodeOption(0, "鹅".repeat(133)));
  }

  @Test
  void aLongExtendedErrorReachesWhoTakesLargeAnswersWholeAndOthersCutAtAWord() {
    String text = "goose ".repeat(60) + "end";
    Answer failure = Answer.failure(Rcode.SERVFAIL, ExtendedError.NETWORK_ERROR, text);
    String longest = ("a".repeat(63) + ".").repeat(3) + "b".repeat(61);

    assertThat(told(failure, WWW, 1232)).isEqualTo(text);
    assertThat(told(failure, longest, 512)).isEqualTo("goose ".repeat(36) + "goose");
  }

  @Test
  void theTextOfAnExtendedErrorGivesWayToRecords() {
    for (int records : List.of(15, 16, 17)) {
      AnswerBuilder builder = AnswerBuilder.of(Rcode.NOERROR);
      for (int i = 0; i < records; i++) {
        builder.answer(AnswerBuilder.asked(), RecordType.AAAA, 60, new byte[16]);
      }
      Answer answer = builder.because(ExtendedError.BLOCKED, "goose and gander").build();

      Message small = reply(answer, view(dnssecQuery(WWW, RecordType.AAAA, 512)), 0);

      assertThat(small.getHeader().getFlag(Flags.TC)).isEqualTo(records == 17);
      assertThat(small.getSection(Section.ANSWER)).hasSize(Math.min(16, records));
      String text = records == 15 ? "goose and gander" : records == 16 ? "goose and" : "";
      assertThat(small.getOPT().getOptions())
          .containsExactly(new ExtendedErrorCodeOption(15, text));
    }
  }

  private static String told(Answer answer, String name, int udpSize) {
    Message reply = reply(answer, view(dnssecQuery(name, RecordType.A, udpSize)), 0);
    assertThat(reply.getOPT().getOptions()).hasSize(1);
    return ((ExtendedErrorCodeOption) reply.getOPT().getOptions().getFirst()).getText();
  }

  @Test
  void ttlsAreHeldInBounds() {
    Message upstream = addressResponse(WWW, 5, "192.0.2.1");
    upstream.addRecord(a(WWW, 1_000_000, "192.0.2.2"), Section.ANSWER);

    Answer bounded = answer(upstream).withTtlBetween(60, 86_400);

    assertThat(bounded.ttl()).isEqualTo(60);
    assertThat(reply(bounded, view(query(WWW, RecordType.A)), 0).getSection(Section.ANSWER))
        .extracting(Record::getTTL)
        .containsExactly(60L, 86_400L);
  }

  @Test
  void aMessageIsReadWhereItLiesInALargerBuffer() throws Exception {
    byte[] wire = addressResponse(WWW, 300, "192.0.2.1").toWire();
    byte[] buffer = new byte[wire.length + 20];
    Arrays.fill(buffer, (byte) 0xff);
    System.arraycopy(wire, 0, buffer, 7, wire.length);

    Answer moved = Answer.parse(buffer, 7, wire.length, Question.of(WWW, RecordType.A));

    assertThat(moved).isEqualTo(answer(addressResponse(WWW, 300, "192.0.2.1")));
  }
}
