package dev.gander.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** No bytes make our wire code throw anything but its own error, or write past a limit. */
class WireFuzzTest {

  private static final Question QUESTION = Question.of("a.example", RecordType.A);

  @FuzzTest(maxDuration = "60s")
  void queryView(byte[] wire) {
    QueryView view = new QueryView();
    byte[] out = new byte[512];
    QueryView.Verdict verdict = view.parse(wire, 0, wire.length);
    assertThat(view.writeStatus(verdict.rcode(), out)).isBetween(12, 512);
    if (verdict == QueryView.Verdict.OK) {
      Query query = view.toQuery(new Client());
      assertThat(query.toUpstream()).hasSizeBetween(28, 300);
      assertThat(query.toString()).isNotEmpty();
    }
  }

  /** The bytes are what follows header and question of a response. */
  @FuzzTest(maxDuration = "60s")
  void answer(byte[] records) {
    byte[] question = QUESTION.wireName();
    byte[] wire = new byte[Wire.HEADER + question.length + 4 + records.length];
    Wire.put16(wire, Wire.FLAGS, Wire.QR);
    Wire.put16(wire, Wire.QDCOUNT, 1);
    for (int section = 0; section < 3 && section < records.length; section++) {
      Wire.put16(wire, Wire.ANCOUNT + 2 * section, records[section] & 0x7);
    }
    System.arraycopy(question, 0, wire, Wire.HEADER, question.length);
    Wire.put16(wire, Wire.HEADER + question.length, QUESTION.type());
    Wire.put16(wire, Wire.HEADER + question.length + 2, QUESTION.qclass());
    System.arraycopy(records, 0, wire, Wire.HEADER + question.length + 4, records.length);
    try {
      Answer answer = Answer.parse(wire, 0, wire.length, QUESTION);
      byte[] out = new byte[512];
      assertThat(answer.writeTo(Query.own(QUESTION, true), 7, 512, out)).isBetween(12, 512);
      assertThat(answer.aged(3).toString()).isNotEmpty();
    } catch (MalformedMessageException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }
}
