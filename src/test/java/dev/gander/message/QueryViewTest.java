package dev.gander.message;

import static dev.gander.message.Messages.query;
import static dev.gander.message.Messages.read;
import static dev.gander.message.Messages.view;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.message.QueryView.Verdict;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

class QueryViewTest {

  private static final String WWW = "www.example.org";

  private final QueryView view = new QueryView();

  @Test
  void aQueryIsSeenWithItsNameFoldedAndItsFlags() {
    Message message = query("WWW.Example.ORG", RecordType.AAAA, 77);
    message.getHeader().setFlag(Flags.CD);
    message.addRecord(new OPTRecord(4096, 0, 0, Flags.DO), Section.ADDITIONAL);

    assertThat(parse(message)).isEqualTo(Verdict.OK);

    assertThat(Name.toText(view.name(), 0)).isEqualTo(WWW);
    assertThat(view.nameLength()).isEqualTo(17);
    assertThat(view.nameHash()).isEqualTo(Arrays.hashCode(Name.toWire(WWW)));
    assertThat(view.type()).isEqualTo(RecordType.AAAA);
    assertThat(view.qclass()).isEqualTo(Question.CLASS_IN);
    assertThat(view.id()).isEqualTo(77);
    assertThat(view.recursionDesired()).isTrue();
    assertThat(view.checkingDisabled()).isTrue();
    assertThat(view.authenticData()).isFalse();
    assertThat(view.dnssecOk()).isTrue();
    assertThat(view.udpSize()).isEqualTo(4096);
    assertThat(view.answerLimit(Transport.UDP)).isEqualTo(1232);
    assertThat(view.answerLimit(Transport.TCP)).isEqualTo(65_535);
  }

  @Test
  void nothingOfOneQueryIsLeftInTheNext() {
    Message first = query(WWW, RecordType.A);
    first.addRecord(new OPTRecord(4096, 0, 0, Flags.DO), Section.ADDITIONAL);
    parse(first);

    assertThat(parse(query("a", RecordType.A))).isEqualTo(Verdict.OK);

    assertThat(view.edns()).isFalse();
    assertThat(view.dnssecOk()).isFalse();
    assertThat(view.udpSize()).isEqualTo(512);
    assertThat(view.nameLength()).isEqualTo(3);
  }

  @Test
  void theCopyOutlivesTheBuffer() {
    byte[] wire = query("WWW.example.org", RecordType.A, 77).toWire();
    view.parse(wire, 0, wire.length);
    Client client = new Client();
    client.setMac(5);

    Query copy = view.toQuery(client);
    Arrays.fill(wire, (byte) 0);
    client.setMac(6);
    parse(query("a", RecordType.A));

    byte[] spelled = new byte[21];
    copy.copyQuestion(spelled, 0);
    assertThat(Name.toText(spelled, 0)).isEqualTo("WWW.example.org");
    assertThat(copy.question()).isEqualTo(Question.of(WWW, RecordType.A));
    assertThat(copy.client().mac()).isEqualTo(5);
    assertThat(copy.id()).isEqualTo(77);
  }

  @Test
  void whatIsShorterThanAHeaderOrIsAResponseIsDropped() {
    assertThat(view.parse(new byte[11], 0, 11)).isEqualTo(Verdict.TOO_SHORT);
    assertThat(parse(Messages.response(WWW, RecordType.A))).isEqualTo(Verdict.RESPONSE);
    assertThat(Verdict.TOO_SHORT.dropped()).isTrue();
    assertThat(Verdict.RESPONSE.dropped()).isTrue();
    assertThat(Verdict.FORMERR.dropped()).isFalse();
  }

  @Test
  void otherOperationsAreNotImplementedAndToldSoWithTheirOwnOpcode() {
    Message update = query(WWW, RecordType.SOA);
    update.getHeader().setOpcode(5);

    assertThat(parse(update)).isEqualTo(Verdict.NOTIMP);

    Message reply = status();
    assertThat(reply.getRcode()).isEqualTo(4);
    assertThat(reply.getHeader().getOpcode()).isEqualTo(5);
    assertThat(reply.getHeader().getID()).isEqualTo(update.getHeader().getID());
    assertThat(reply.getHeader().getFlag(Flags.QR)).isTrue();
    assertThat(reply.getQuestion()).isNull();
  }

  @Test
  void noQuestionAndTwoQuestionsAreFormatErrors() {
    Message none = new Message(7);
    Message two = query(WWW, RecordType.A);
    two.addRecord(query("example.com", RecordType.A).getQuestion(), Section.QUESTION);

    assertThat(parse(none)).isEqualTo(Verdict.FORMERR);
    assertThat(parse(two)).isEqualTo(Verdict.FORMERR);
    assertThat(status().getRcode()).isEqualTo(1);
  }

  @Test
  void aQuestionThatIsCutOrCompressedOrTooLongIsAFormatError() {
    byte[] cut = query(WWW, RecordType.A).toWire();
    byte[] pointing = query(WWW, RecordType.A).toWire();
    pointing[12] = (byte) 0xc0;
    byte[] endless = new byte[512];
    Arrays.fill(endless, 12, 512, (byte) 1);
    endless[5] = 1;
    endless[11] = 0;

    assertThat(view.parse(cut, 0, cut.length - 1)).isEqualTo(Verdict.FORMERR);
    assertThat(view.parse(pointing, 0, pointing.length)).isEqualTo(Verdict.FORMERR);
    assertThat(view.parse(endless, 0, endless.length)).isEqualTo(Verdict.FORMERR);
    assertThat(view.writeStatus(Rcode.FORMERR, new byte[512])).isEqualTo(12);
  }

  @Test
  void aNewerEdnsIsAnsweredWithBadversAndOurVersion() {
    Message newer = query(WWW, RecordType.A);
    newer.addRecord(new OPTRecord(1232, 0, 1), Section.ADDITIONAL);

    assertThat(parse(newer)).isEqualTo(Verdict.BADVERS);

    Message reply = status();
    assertThat(reply.getRcode()).isEqualTo(16);
    assertThat(reply.getOPT().getVersion()).isZero();
    assertThat(reply.getQuestion().getName().toString()).isEqualTo("www.example.org.");
  }

  @Test
  void twoOptsOrOneInTheWrongPlaceAreFormatErrors() {
    Message two = query(WWW, RecordType.A);
    two.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
    two.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
    Message misplaced = query(WWW, RecordType.A);
    misplaced.addRecord(new OPTRecord(1232, 0, 0), Section.AUTHORITY);

    assertThat(parse(two)).isEqualTo(Verdict.FORMERR);
    assertThat(parse(misplaced)).isEqualTo(Verdict.FORMERR);
  }

  @Test
  void optionsAreReadOverUnlessTheyDoNotParse() throws Exception {
    Message options = query(WWW, RecordType.A);
    options.addRecord(
        new OPTRecord(
            1232,
            0,
            0,
            0,
            new GenericEDNSOption(65_001, new byte[] {1, 2, 3}),
            new ClientSubnetOption(24, java.net.InetAddress.getByName("192.0.2.0"))),
        Section.ADDITIONAL);
    byte[] overrun = query(WWW, RecordType.A).toWire();
    overrun = Arrays.copyOf(overrun, overrun.length + 15);
    overrun[11] = 1;
    overrun[overrun.length - 13] = RecordType.OPT;
    overrun[overrun.length - 5] = 4;
    overrun[overrun.length - 1] = 9;

    assertThat(parse(options)).isEqualTo(Verdict.OK);
    assertThat(view.parse(overrun, 0, overrun.length)).isEqualTo(Verdict.FORMERR);
  }

  @Test
  void zoneTransfersAreRefusedAndTypesThatLiveInMessagesAreFormatErrors() {
    assertThat(parse(query("example.org", RecordType.AXFR))).isEqualTo(Verdict.REFUSED);
    assertThat(parse(query("example.org", RecordType.IXFR))).isEqualTo(Verdict.REFUSED);
    for (int type : new int[] {RecordType.TSIG, RecordType.TKEY}) {
      assertThat(parse(query("example.org", type))).isEqualTo(Verdict.FORMERR);
    }
    assertThat(parse(query("example.org", RecordType.MAILA))).isEqualTo(Verdict.NOTIMP);
    assertThat(parse(query("example.org", RecordType.ANY))).isEqualTo(Verdict.OK);
  }

  @Test
  void unknownTypesAndOtherClassesAreQueriesLikeAnyOther() {
    Message chaos =
        Message.newQuery(
            Record.newRecord(Messages.name("version.bind"), RecordType.TXT, DClass.CH));

    assertThat(parse(chaos)).isEqualTo(Verdict.OK);
    assertThat(view.qclass()).isEqualTo(DClass.CH);
    assertThat(parse(query(WWW, 65_280))).isEqualTo(Verdict.OK);
  }

  @Test
  void whatIsNotAnsweredForItsOpcodeOrLackOfAQuestionStillGetsOptForOpt() {
    Message notify = Messages.dnssecQuery("example.org", RecordType.SOA, 1232);
    notify.getHeader().setOpcode(4);
    Message nothing = new Message(7);
    nothing.addRecord(new org.xbill.DNS.OPTRecord(1232, 0, 0), Section.ADDITIONAL);

    for (Message query : List.of(notify, nothing)) {
      byte[] wire = query.toWire();
      QueryView odd = new QueryView();
      QueryView.Verdict verdict = odd.parse(wire, 0, wire.length);
      byte[] out = new byte[512];
      Message reply = Messages.read(out, odd.writeStatus(verdict.rcode(), out));
      assertThat(reply.getHeader().getOpcode()).isEqualTo(query.getHeader().getOpcode());
      assertThat(reply.getOPT()).isNotNull();
      assertThat(reply.getQuestion()).isNull();
    }
  }

  @Test
  void aUdpSizeBelow512CountsAs512() {
    Message tiny = query(WWW, RecordType.A);
    tiny.addRecord(new OPTRecord(100, 0, 0), Section.ADDITIONAL);

    assertThat(view(tiny).answerLimit(Transport.UDP)).isEqualTo(512);
  }

  private Verdict parse(Message message) {
    byte[] wire = message.toWire();
    return view.parse(wire, 0, wire.length);
  }

  private Message status() {
    byte[] out = new byte[512];
    return read(out, view.writeStatus(view.verdict().rcode(), out));
  }
}
