package dev.gander.dial;

import dev.gander.config.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One question on its way to one server: the port and the ID under which its answer may come. */
final class UdpShot {

  private static final int HEADER = 12;
  private static final int QR = 0x80;
  private static final int OPCODE = 0x78;
  private static final int RCODE = 0x0F;
  private static final int NXDOMAIN = 3;

  private final UdpExchange.Asking asking;
  private final InetSocketAddress server;
  private final byte[] message;
  private final boolean caseCounts;
  private @Nullable UdpPort port;
  private volatile int id = -1;

  private UdpShot(
      UdpExchange.Asking asking, byte[] query, InetSocketAddress server, boolean caseCounts) {
    this.asking = asking;
    this.server = server;
    this.message = query.clone();
    this.caseCounts = caseCounts;
  }

  /** The question as it is written; an answer may write it in other letters. */
  static UdpShot plain(UdpExchange.Asking asking, byte[] query, InetSocketAddress server) {
    return new UdpShot(asking, query, server, false);
  }

  /**
   * The question in upper and lower case by chance, which the answer must repeat
   * (draft-vixie-dnsext-dns0x20): one bit for each letter that a forger cannot know.
   */
  static UdpShot mixed(
      UdpExchange.Asking asking, byte[] query, InetSocketAddress server, QueryIds random) {
    UdpShot shot = new UdpShot(asking, query, server, true);
    int bits = 0;
    for (int i = HEADER; i < shot.questionEnd() - 4; i++) {
      bits = (i - HEADER) % 16 == 0 ? random.next() : bits >>> 1;
      byte small = lower(shot.message[i]);
      if (small >= 'a' && small <= 'z' && (bits & 1) != 0) {
        shot.message[i] = (byte) (small - 32);
      }
    }
    return shot;
  }

  InetSocketAddress server() {
    return server;
  }

  /** The message ID; -1 before it is registered. */
  int id() {
    return id;
  }

  void registered(UdpPort port, int id) {
    this.port = port;
    message[0] = (byte) (id >>> 8);
    message[1] = (byte) id;
    this.id = id;
  }

  /** Sends it, the first time or again; 0 or the errno. */
  int send() {
    UdpPort registered = port;
    if (registered == null) {
      throw new IllegalStateException("not registered");
    }
    return registered.send(message, server);
  }

  void end() {
    UdpPort registered = port;
    if (registered != null) {
      registered.unregister(id);
      port = null;
    }
  }

  void refused(String why) {
    asking.tell(
        new UdpExchange.Outcome.Refused(
            server, new IOException(Endpoint.text(server) + ": " + why)));
  }

  /**
   * Takes a message that came from the server with this ID. A stray one, which is not an answer to
   * the question, is left alone, and waiting goes on (RFC 5452 section 9.1).
   *
   * @return false if stray
   */
  boolean arrived(byte[] answer) {
    if (answer.length < HEADER || (answer[2] & QR) == 0 || (answer[2] & OPCODE) != 0) {
      return false;
    }
    int rcode = answer[3] & RCODE;
    if (answer[4] == 0 && answer[5] == 0 && rcode != 0 && rcode != NXDOMAIN) {
      // RFC 1035 lets a server that could not read a question leave it out of its refusal.
      refused("answered with RCODE " + rcode + " and without the question");
      return true;
    }
    if (!sameQuestion(answer)) {
      return false;
    }
    if (caseCounts && !sameLetters(answer)) {
      asking.tell(new UdpExchange.Outcome.Miscased(server));
      return false;
    }
    asking.tell(new UdpExchange.Outcome.Answered(server, answer));
    return true;
  }

  private boolean sameQuestion(byte[] answer) {
    int end = questionEnd();
    if (answer.length < end || answer[4] != 0 || answer[5] != 1) {
      return false;
    }
    for (int i = HEADER; i < end - 4; i++) {
      if (lower(answer[i]) != lower(message[i])) {
        return false;
      }
    }
    for (int i = end - 4; i < end; i++) {
      if (answer[i] != message[i]) {
        return false;
      }
    }
    return true;
  }

  private boolean sameLetters(byte[] answer) {
    int end = questionEnd();
    return Arrays.equals(answer, HEADER, end, message, HEADER, end);
  }

  /** Behind name, type and class of our own question, which is never compressed. */
  private int questionEnd() {
    int at = HEADER;
    while (message[at] != 0) {
      at += 1 + message[at];
    }
    return at + 5;
  }

  /** Length bytes are below 'A', so that they pass unchanged. */
  private static byte lower(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
  }
}
