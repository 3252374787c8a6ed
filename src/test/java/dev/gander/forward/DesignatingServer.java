package dev.gander.forward;

import dev.gander.dial.ScriptedServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A plain server on loopback that says by which encrypted ways it can be asked (RFC 9462). */
final class DesignatingServer implements AutoCloseable {

  static final int TTL = 300;

  /** What it is asked beside its ways; answers 127.0.0.1 to all. */
  final AtomicInteger questions = new AtomicInteger();

  /** How often it was asked for its ways. */
  final AtomicInteger looks = new AtomicInteger();

  /** Data of the records it answers, as in a zone file. */
  volatile List<String> ways;

  volatile int rcode = Rcode.NOERROR;

  /** Whether it says nothing when it is asked for its ways. */
  volatile boolean mute;

  private final ScriptedServer server;

  DesignatingServer(String... ways) throws IOException {
    this.ways = List.of(ways);
    server = new ScriptedServer(this::received);
  }

  private void received(byte[] wire, InetSocketAddress from, ScriptedServer me) throws IOException {
    Message query = new Message(wire);
    Record question = query.getQuestion();
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.addRecord(question, Section.QUESTION);
    if (question.getType() == Type.SVCB) {
      looks.incrementAndGet();
      if (mute) {
        return;
      }
      answer.getHeader().setRcode(rcode);
      for (String way : ways) {
        answer.addRecord(
            Record.fromString(question.getName(), Type.SVCB, DClass.IN, TTL, way, Name.root),
            Section.ANSWER);
      }
    } else {
      questions.incrementAndGet();
      if (question.getType() == Type.A) {
        answer.addRecord(
            new ARecord(question.getName(), DClass.IN, TTL, from.getAddress()), Section.ANSWER);
      }
    }
    me.send(answer.toWire(), from);
  }

  int port() {
    return server.address().getPort();
  }

  @Override
  public void close() {
    server.close();
  }
}
