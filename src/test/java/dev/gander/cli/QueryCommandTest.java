package dev.gander.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.daemon.Json;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class QueryCommandTest {

  private DatagramSocket udp;
  private ServerSocket tcp;
  private final List<Message> asked = new CopyOnWriteArrayList<>();
  private volatile boolean truncate;
  private final AtomicInteger silent = new AtomicInteger();

  @BeforeEach
  void serve() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    tcp = new ServerSocket(0, 10, loopback);
    udp = new DatagramSocket(new InetSocketAddress(loopback, tcp.getLocalPort()));
    Thread.ofVirtual().start(this::serveUdp);
    Thread.ofVirtual().start(this::serveTcp);
  }

  @AfterEach
  void close() throws IOException {
    udp.close();
    tcp.close();
  }

  private void serveUdp() {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
        udp.receive(packet);
        byte[] answer = answer(Arrays.copyOf(packet.getData(), packet.getLength()), truncate);
        if (silent.getAndDecrement() <= 0) {
          udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      }
    } catch (IOException e) {
      assertThat(udp.isClosed()).isTrue();
    }
  }

  private void serveTcp() {
    try {
      while (true) {
        try (Socket client = tcp.accept()) {
          DataInputStream in = new DataInputStream(client.getInputStream());
          byte[] answer = answer(in.readNBytes(in.readUnsignedShort()), false);
          DataOutputStream out = new DataOutputStream(client.getOutputStream());
          out.writeShort(answer.length);
          out.write(answer);
        }
      }
    } catch (IOException e) {
      assertThat(tcp.isClosed()).isTrue();
    }
  }

  private byte[] answer(byte[] wire, boolean cut) throws IOException {
    Message query = new Message(wire);
    asked.add(query);
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    Record question = query.getQuestion();
    answer.addRecord(question, Section.QUESTION);
    if (cut) {
      answer.getHeader().setFlag(Flags.TC);
    } else {
      answer.addRecord(
          new ARecord(question.getName(), 1, 60, InetAddress.ofLiteral("192.0.2.80")),
          Section.ANSWER);
    }
    return answer.toWire();
  }

  private String server() {
    return "@127.0.0.1:" + tcp.getLocalPort();
  }

  @Test
  void showsStatusRecordsServerAndTime() throws Exception {
    Commands.Result result = Commands.run("query", "www.example.org", server());
    assertThat(result.status()).isZero();
    assertThat(result.out())
        .contains(";; NOERROR")
        .containsPattern("www\\.example\\.org\\. +60  IN  A +192\\.0\\.2\\.80")
        .containsPattern(";; from 127\\.0\\.0\\.1:\\d+ over udp in \\d+\\.\\d+ ms, \\d+ bytes");
    assertThat(asked.getFirst().getQuestion().getName())
        .isEqualTo(Name.fromString("www.example.org."));
    assertThat(asked.getFirst().getHeader().getFlag(Flags.RD)).isTrue();
  }

  @Test
  void nameTypeAndServerComeInAnyOrder() {
    for (List<String> words :
        List.of(
            List.of("query", server(), "mx", "www.example.org"),
            List.of("query", "www.example.org", server(), "MX"),
            List.of("query", "www.example.org", "type15", server()))) {
      assertThat(Commands.run(words.toArray(String[]::new)).status()).isZero();
    }
    assertThat(asked).allMatch(query -> query.getQuestion().getType() == Type.MX);
  }

  @Test
  void aNameThatLooksLikeATypeIsAName() throws Exception {
    assertThat(Commands.run("query", "mx", server()).status()).isZero();
    assertThat(asked.getFirst().getQuestion().getName()).isEqualTo(Name.fromString("mx."));
  }

  @Test
  void anAddressAsksForItsName() {
    Commands.run("query", "192.0.2.1", server());
    Commands.run("query", "2001:db8::1", server());
    assertThat(asked)
        .extracting(query -> query.getQuestion().getName() + " " + query.getQuestion().getType())
        .containsExactly(
            "1.2.0.192.in-addr.arpa. 12", "1" + ".0".repeat(23) + ".8.b.d.0.1.0.0.2.ip6.arpa. 12");
  }

  @Test
  void aTruncatedAnswerIsAskedForAgainOverTcp() {
    truncate = true;
    Commands.Result result = Commands.run("query", "www.example.org", server());
    assertThat(result.out()).contains("192.0.2.80").contains("over tcp");
    assertThat(asked).hasSize(2);
  }

  @Test
  void aLostPacketCostsARetry() {
    silent.set(1);
    Commands.Result result =
        Commands.run("query", "www.example.org", server(), "--timeout", "1", "--tries", "3");
    assertThat(result.status()).isZero();
    assertThat(asked).hasSize(2);
  }

  @Test
  void noAnswerIsStatusThree() throws IOException {
    udp.close();
    Commands.Result closed = Commands.run("query", "www.example.org", server());
    assertThat(closed.status()).isEqualTo(ExitStatus.MACHINE);
    assertThat(closed.err()).contains("nothing listens on");
  }

  @Test
  void theSubnetGoesOutAsAsked() {
    Commands.run("query", "www.example.org", server(), "--subnet", "198.51.100.129/25");
    assertThat(asked.getFirst().getOPT().getOptions())
        .extracting(Object::toString)
        .first()
        .asString()
        .contains("198.51.100.128/25");
  }

  @Test
  void ednsCanBeLeftOutAndDnssecAskedFor() {
    Commands.run("query", "www.example.org", server(), "--no-edns");
    Commands.run("query", "www.example.org", server(), "--dnssec", "--cd", "--no-recurse");
    assertThat(asked.get(0).getOPT()).isNull();
    assertThat(asked.get(1).getOPT().getFlags() & 0x8000).isNotZero();
    assertThat(asked.get(1).getHeader().getFlag(Flags.CD)).isTrue();
    assertThat(asked.get(1).getHeader().getFlag(Flags.RD)).isFalse();
  }

  @Test
  @SuppressWarnings("unchecked")
  void machinesGetJsonAndScriptsGetData() {
    Map<String, Object> object =
        Json.parseObject(Commands.run("query", "www.example.org", server(), "--json").out());
    assertThat(object).containsEntry("status", "NOERROR").containsEntry("transport", "udp");
    assertThat((List<Map<String, Object>>) object.get("answer"))
        .containsExactly(
            Map.of(
                "name",
                "www.example.org.",
                "ttl",
                60L,
                "class",
                "IN",
                "type",
                "A",
                "data",
                "192.0.2.80"));
    assertThat(Commands.run("query", "www.example.org", server(), "--short").out())
        .isEqualTo("192.0.2.80\n");
  }

  @Test
  void namesBeyondAsciiAreAskedAsPunycode() {
    Commands.run("query", "bücher.example", server());
    assertThat(asked.getFirst().getQuestion().getName().toString())
        .isEqualTo("xn--bcher-kva.example.");
  }
}
