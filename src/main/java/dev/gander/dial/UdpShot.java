package dev.gander.dial;

import java.io.IOException;
import java.net.InetSocketAddress;
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
  private @Nullable UdpPort port;
  private volatile int id = -1;

  UdpShot(UdpExchange.Asking asking, byte[] query, InetSocketAddress server) {
    this.asking = asking;
    this.server = server;
    this.message = query.clone();
  }

  InetSocketAddress server() {
    return server;
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
            server, new IOException(ServerText.of(server) + ": " + why)));
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
