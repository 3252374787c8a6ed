package dev.gander.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;

/** How long HTTP may keep a message, RFC 8484 section 5.1. */
class LifetimeTest {

  @Test
  void itIsTheLeastTtlAndOptHasNone() throws Exception {
    Message message = Messages.addressResponse("a.example", 300, "192.0.2.1");
    message.addRecord(
        Record.fromString(
            Name.fromString("a.example."), 28, DClass.IN, 60, "2001:db8::1", Name.root),
        Section.ANSWER);
    message.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
    assertThat(Lifetime.seconds(message.toWire())).isEqualTo(60);
  }

  @Test
  void aNegativeAnswerLivesAsLongAsItsSoaSays() throws Exception {
    Message message = Messages.response("a.example", RecordType.A);
    Name zone = Name.fromString("example.");
    message.addRecord(
        new SOARecord(zone, DClass.IN, 900, zone, zone, 1, 2, 3, 4, 30), Section.AUTHORITY);
    assertThat(Lifetime.seconds(message.toWire())).isEqualTo(30);
  }

  @Test
  void nothingAndRubbishLiveNotAtAll() throws Exception {
    assertThat(Lifetime.seconds(Messages.response("a.example", RecordType.A).toWire())).isZero();
    assertThat(Lifetime.seconds(new byte[0])).isZero();
    byte[] whole = Messages.addressResponse("a.example", 300, "192.0.2.1").toWire();
    for (int length = 0; length < whole.length; length++) {
      assertThat(Lifetime.seconds(java.util.Arrays.copyOf(whole, length))).isZero();
    }
  }
}
