package dev.gander.local;

import dev.gander.message.Answer;
import dev.gander.message.AnswerBuilder;
import dev.gander.message.ExtendedError;
import dev.gander.message.Name;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;

/** What a name of gander's own answers, by type; made once, shared by all names that say so. */
record NameAnswers(Answer address4, Answer address6, Answer pointer, Answer others) {

  /** Seconds that clients keep names of hosts: so soon they hear of a change. */
  static final int TTL_SECONDS = 60;

  private static final Answer NODATA =
      AnswerBuilder.of(Rcode.NOERROR)
          .authoritative()
          .soa(AnswerBuilder.asked(), TTL_SECONDS)
          .because(ExtendedError.SYNTHESIZED, "hosts have no such record of this name")
          .build();

  /** The name of these addresses. */
  static NameAnswers ofAddresses(List<InetAddress> addresses) {
    Answer four = addresses(addresses, RecordType.A);
    Answer six = addresses(addresses, RecordType.AAAA);
    return new NameAnswers(four, six, NODATA, NODATA);
  }

  /** The reverse name of an address of {@code name}. */
  static NameAnswers ofName(byte[] name) {
    Answer pointer =
        AnswerBuilder.of(Rcode.NOERROR)
            .authoritative()
            .answer(AnswerBuilder.asked(), RecordType.PTR, TTL_SECONDS, name)
            .build();
    return new NameAnswers(NODATA, NODATA, pointer, NODATA);
  }

  private static Answer addresses(List<InetAddress> addresses, int type) {
    AnswerBuilder answer = AnswerBuilder.of(Rcode.NOERROR).authoritative();
    boolean any = false;
    for (InetAddress address : addresses) {
      if (address instanceof Inet4Address == (type == RecordType.A)) {
        answer.answer(AnswerBuilder.asked(), type, TTL_SECONDS, address.getAddress());
        any = true;
      }
    }
    return any ? answer.build() : NODATA;
  }

  Answer answer(int type) {
    return switch (type) {
      case RecordType.A -> address4;
      case RecordType.AAAA -> address6;
      case RecordType.PTR -> pointer;
      // RFC 8482 § 4.1: one of the record sets there are.
      case RecordType.ANY -> any();
      default -> others;
    };
  }

  private Answer any() {
    if (pointer.answerCount() > 0) {
      return pointer;
    }
    return address4.answerCount() > 0 ? address4 : address6;
  }

  /** The name that a PTR question for {@code address} asks for. */
  static byte[] reverseName(InetAddress address) {
    byte[] bytes = address.getAddress();
    StringBuilder name = new StringBuilder();
    for (int i = bytes.length - 1; i >= 0; i--) {
      int b = bytes[i] & 0xff;
      if (bytes.length == 4) {
        name.append(b).append('.');
      } else {
        name.append(Character.forDigit(b & 0xf, 16)).append('.');
        name.append(Character.forDigit(b >> 4, 16)).append('.');
      }
    }
    return Name.toWire(name.append(bytes.length == 4 ? "in-addr.arpa" : "ip6.arpa").toString());
  }
}
