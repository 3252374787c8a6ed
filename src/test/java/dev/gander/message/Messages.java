package dev.gander.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.Arrays;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;

/** Messages for tests, made and read by dnsjava, so that our own code is not its own judge. */
public final class Messages {

  private Messages() {}

  /** A query with RD set. */
  public static Message query(String name, int type) {
    return query(name, type, 0x4711);
  }

  public static Message query(String name, int type, int id) {
    Message query = Message.newQuery(Record.newRecord(name(name), type, DClass.IN));
    query.getHeader().setID(id);
    return query;
  }

  /** A query with OPT: DO set, and this UDP size. */
  public static Message dnssecQuery(String name, int type, int udpSize) {
    Message query = query(name, type);
    query.addRecord(new OPTRecord(udpSize, 0, 0, Flags.DO), Section.ADDITIONAL);
    return query;
  }

  /** A response without records yet. */
  public static Message response(String name, int type) {
    Message response = query(name, type, 0);
    response.getHeader().setFlag(Flags.QR);
    return response;
  }

  /** {@code name A address}. */
  public static Message addressResponse(String name, long ttl, String address) {
    Message response = response(name, RecordType.A);
    response.addRecord(a(name, ttl, address), Section.ANSWER);
    return response;
  }

  /** A negative response with the SOA of the zone above the name. */
  public static Message negativeResponse(
      String name, int type, int rcode, long soaTtl, long minimum) {
    Message response = response(name, type);
    response.getHeader().setRcode(rcode);
    org.xbill.DNS.Name zone = new org.xbill.DNS.Name(name(name), 1);
    response.addRecord(
        new SOARecord(zone, DClass.IN, soaTtl, zone, zone, 1, 2, 3, 4, minimum), Section.AUTHORITY);
    return response;
  }

  public static ARecord a(String owner, long ttl, String address) {
    try {
      return new ARecord(name(owner), DClass.IN, ttl, InetAddress.getByName(address));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static CNAMERecord cname(String owner, long ttl, String target) {
    return new CNAMERecord(name(owner), DClass.IN, ttl, name(target));
  }

  /** An absolute name; the final dot may be missing. */
  public static org.xbill.DNS.Name name(String text) {
    try {
      return org.xbill.DNS.Name.fromString(text, org.xbill.DNS.Name.root);
    } catch (TextParseException e) {
      throw new AssertionError(e);
    }
  }

  /** Our reading of a response. */
  public static Answer answer(Message response) {
    Record asked = response.getQuestion();
    byte[] wire = response.toWire();
    try {
      return Answer.parse(
          wire, 0, wire.length, Question.of(asked.getName().toString(), asked.getType()));
    } catch (MalformedMessageException e) {
      throw new AssertionError(e);
    }
  }

  /** Our view of a query that is in order. */
  public static QueryView view(Message query) {
    QueryView view = new QueryView();
    byte[] wire = query.toWire();
    assertThat(view.parse(wire, 0, wire.length)).isEqualTo(QueryView.Verdict.OK);
    return view;
  }

  /** dnsjava's reading of the first {@code length} bytes. */
  public static Message read(byte[] wire, int length) {
    try {
      return new Message(Arrays.copyOf(wire, length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What {@code answer} looks like to a client that asked by UDP. */
  public static Message reply(Answer answer, Request request, int age) {
    byte[] out = new byte[Request.MAX_UDP_ANSWER];
    return read(out, answer.writeTo(request, age, request.answerLimit(Transport.UDP), out));
  }
}
