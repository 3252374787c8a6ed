package dev.gander.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.cli.ReceivedMessage.RecordLine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Against dnsjava, which spells records on its own. */
class MessageReaderTest {

  private static final Name OWNER = name("www.example.org.");

  private static Name name(String text) {
    try {
      return Name.fromString(text);
    } catch (TextParseException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Message response(Record... answer) {
    Message message = Message.newQuery(Record.newRecord(OWNER, Type.A, DClass.IN));
    message.getHeader().setFlag(org.xbill.DNS.Flags.QR);
    for (Record record : answer) {
      message.addRecord(record, Section.ANSWER);
    }
    return message;
  }

  private static Record record(int type, String data) throws IOException {
    return Record.fromString(OWNER, type, DClass.IN, 300, data, Name.root);
  }

  @Test
  void recordsAreSpeltAsTheFieldSpellsThem() throws Exception {
    List<Record> records = new ArrayList<>();
    records.add(record(Type.A, "192.0.2.80"));
    records.add(record(Type.AAAA, "2001:db8::80"));
    records.add(record(Type.CNAME, "other.example.org."));
    records.add(record(Type.NS, "ns.example.org."));
    records.add(record(Type.MX, "10 mx.example.org."));
    records.add(record(Type.SRV, "1 2 443 srv.example.org."));
    records.add(record(Type.TXT, "\"hello world\" \"quote\\\" back\\\\ \\195\\169\""));
    records.add(record(Type.SOA, "ns.example.org. host.example.org. 1 7200 3600 1209600 3600"));
    records.add(record(Type.CAA, "0 issue \"ca.example\""));
    records.add(record(Type.DS, "12345 13 2 " + "AB".repeat(32)));
    records.add(record(Type.HTTPS, "1 . alpn=h2,h3 ipv4hint=192.0.2.1"));
    ReceivedMessage read = MessageReader.read(response(records.toArray(Record[]::new)).toWire());
    assertThat(read.answer()).hasSameSizeAs(records);
    for (int i = 0; i < records.size(); i++) {
      RecordLine line = read.answer().get(i);
      assertThat(line.name()).isEqualTo("www.example.org.");
      assertThat(line.ttl()).isEqualTo(300);
      assertThat(line.type()).isEqualTo(Type.string(records.get(i).getType()));
      // dnsjava writes IPv6 without the :: of RFC 5952
      assertThat(line.data().replace("2001:db8::80", "2001:db8:0:0:0:0:0:80"))
          .isEqualTo(records.get(i).rdataToString());
    }
  }

  @Test
  void unknownTypesAreSpeltGenerically() throws Exception {
    ReceivedMessage read = MessageReader.read(response(record(65280, "\\# 3 010203")).toWire());
    assertThat(read.answer()).first().extracting(RecordLine::data).isEqualTo("\\# 3 010203");
    assertThat(read.answer()).first().extracting(RecordLine::type).isEqualTo("TYPE65280");
  }

  @Test
  void statusFlagsAndExtendedErrorsAreShown() throws Exception {
    Message message = response();
    message.getHeader().setRcode(2);
    message.getHeader().setFlag(org.xbill.DNS.Flags.RA);
    message.addRecord(
        new OPTRecord(
            1232, 0, 0, org.xbill.DNS.Flags.DO, new ExtendedErrorCodeOption(22, "no one there")),
        Section.ADDITIONAL);
    ReceivedMessage read = MessageReader.read(message.toWire());
    assertThat(read.status()).isEqualTo("SERVFAIL");
    assertThat(read.flags()).containsExactly("qr", "rd", "ra");
    assertThat(read.edns().orElseThrow().options())
        .containsExactly("EDE: 22 (no reachable authority): no one there");
    assertThat(read.edns().orElseThrow().dnssecOk()).isTrue();
  }

  @Test
  void ofPaddingOnlyTheLengthIsShown() throws Exception {
    Message message = response();
    message.addRecord(
        new OPTRecord(1232, 0, 0, 0, new GenericEDNSOption(12, new byte[300])), Section.ADDITIONAL);
    assertThat(MessageReader.read(message.toWire()).edns().orElseThrow().options())
        .containsExactly("PADDING: 300 bytes");
  }

  @Test
  void aNameThatPointsAtItselfIsRefused() {
    byte[] wire = {0, 1, (byte) 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, (byte) 0xc0, 12, 0, 1, 0, 1};
    assertThatThrownBy(() -> MessageReader.read(wire))
        .isInstanceOf(MessageReader.Malformed.class)
        .hasMessageContaining("lead back");
  }

  @Test
  void damagedMessagesAreRefusedAndNothingElseIsThrown() throws Exception {
    byte[] whole =
        response(
                record(Type.HTTPS, "1 . alpn=h2,h3 ipv4hint=192.0.2.1"),
                record(Type.TXT, "\"hello\""),
                record(Type.MX, "10 mx.example.org."))
            .toWire();
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
      for (int flips = random.nextInt(4); flips > 0 && damaged.length > 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        MessageReader.read(damaged);
      } catch (MessageReader.Malformed e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }
}
