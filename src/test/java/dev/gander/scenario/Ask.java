package dev.gander.scenario;

import dev.gander.message.Client;
import dev.gander.message.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** A client's query and, some time, its answer. */
final class Ask {

  final byte[] wire;
  final Client client;
  final long askedNanos;
  private volatile byte @Nullable [] reply;
  private volatile long repliedNanos;

  private Ask(byte[] wire, Client client, long askedNanos) {
    this.wire = wire;
    this.client = client;
    this.askedNanos = askedNanos;
  }

  /** {@code NAME TYPE} and how: see docs/TESTING.md. */
  static Ask of(
      InetAddress from, int id, List<String> words, ToIntFunction<String> interfaces, long now) {
    Iterator<String> rest = words.iterator();
    Message query = new Message(id);
    query.getHeader().setFlag(Flags.RD);
    String name = rest.next();
    int type = Words.type(rest.next());
    int qclass = DClass.IN;
    int questions = 1;
    int flags = 0;
    int size = 1232;
    int version = 0;
    boolean edns = true;
    List<EDNSOption> options = new ArrayList<>();
    Client client = client(from, id);
    while (rest.hasNext()) {
      String word = rest.next();
      switch (word) {
        case "+do" -> flags = Flags.DO;
        case "+cd" -> query.getHeader().setFlag(Flags.CD);
        case "+ad" -> query.getHeader().setFlag(Flags.AD);
        case "-rd" -> query.getHeader().unsetFlag(Flags.RD);
        case "+qr" -> query.getHeader().setFlag(Flags.QR);
        case "+tcp" -> client.setTransport(Transport.TCP);
        case "-edns" -> edns = false;
        case "bufsize" -> size = Integer.parseInt(rest.next());
        case "version" -> version = Integer.parseInt(rest.next());
        case "opcode" -> query.getHeader().setOpcode(Opcode.value(rest.next()));
        case "class" -> qclass = DClass.value(rest.next());
        case "questions" -> questions = Integer.parseInt(rest.next());
        case "ecs" -> options.add(subnet(rest.next()));
        case "mac" -> client.setMac(HexFormat.fromHexDigitsToLong(rest.next().replace(":", "")));
        case "iif" -> client.setIfindex(interfaces.applyAsInt(rest.next()));
        case "pname" -> client.setProcess(1, rest.next());
        case "@bind" -> client.setIntercepted(false);
        default -> {
          if (!word.startsWith("@")) {
            throw new IllegalArgumentException("`" + word + "` says nothing about a query");
          }
          client.setAsked(new InetSocketAddress(Words.address(word.substring(1)), 53));
        }
      }
    }
    for (int i = 0; i < questions; i++) {
      Record question = Record.newRecord(ScriptedReply.name(name), type, qclass);
      query.addRecord(question, Section.QUESTION);
    }
    if (edns) {
      query.addRecord(new OPTRecord(size, 0, version, flags, options), Section.ADDITIONAL);
    }
    return new Ask(query.toWire(), client, now);
  }

  /** Bytes in hexadecimal. */
  static Ask raw(InetAddress from, String hex, long now) {
    return new Ask(HexFormat.of().parseHex(hex.replace(" ", "")), client(from, 7), now);
  }

  private static Client client(InetAddress from, int id) {
    Client client = new Client();
    client.setSource(new InetSocketAddress(from, 40_000 + id % 10_000));
    client.setAsked(new InetSocketAddress(Words.address("8.8.8.8"), 53));
    client.setIntercepted(true);
    return client;
  }

  private static ClientSubnetOption subnet(String prefix) {
    String[] parts = prefix.split("/", -1);
    return new ClientSubnetOption(Integer.parseInt(parts[1]), Words.address(parts[0]));
  }

  synchronized void answered(byte[] message, long now) {
    if (reply != null) {
      throw new AssertionError("a query was answered twice");
    }
    repliedNanos = now;
    reply = message;
  }

  boolean done() {
    return reply != null;
  }

  boolean dropped() {
    return bytes().length == 0;
  }

  private byte[] bytes() {
    return Objects.requireNonNull(reply, "no answer yet");
  }

  int length() {
    return bytes().length;
  }

  long waitedNanos() {
    return repliedNanos - askedNanos;
  }

  Message reply() {
    try {
      return new Message(bytes());
    } catch (IOException e) {
      throw new AssertionError("the answer cannot be read", e);
    }
  }
}
