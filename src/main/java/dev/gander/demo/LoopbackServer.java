package dev.gander.demo;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * A name server on loopback for where no real one is at hand: every name has the address 192.0.2.80
 * or 2001:db8::80, for 300 seconds. One virtual thread.
 */
final class LoopbackServer implements AutoCloseable {

  private static final int HEADER = 12;
  private static final int TTL = 300;
  private static final byte[] FOUR = {(byte) 192, 0, 2, 80};
  private static final byte[] SIX = {
    0x20, 0x01, 0x0d, (byte) 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0x80
  };

  private final DatagramSocket socket;

  private LoopbackServer(DatagramSocket socket) {
    this.socket = socket;
  }

  /** Starts one on a free port of 127.0.0.1. */
  static LoopbackServer start() throws IOException {
    DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    LoopbackServer server = new LoopbackServer(socket);
    Thread.ofVirtual().name("gander-demo-server").start(server::serve);
    return server;
  }

  int port() {
    return socket.getLocalPort();
  }

  private void serve() {
    byte[] buffer = new byte[2048];
    while (!socket.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        byte[] answer = answer(buffer, packet.getLength());
        if (answer.length > 0) {
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  /** RFC 1035 § 4.1: the question back, and one record that points at its name. */
  private static byte[] answer(byte[] query, int length) {
    int at = HEADER;
    while (at < length && query[at] != 0) {
      at += 1 + (query[at] & 0x3f);
    }
    int questionEnd = at + 5;
    if (questionEnd > length) {
      return new byte[0];
    }
    int type = ((query[at + 1] & 0xff) << 8) | (query[at + 2] & 0xff);
    byte[] address = type == 28 ? SIX : FOUR;
    boolean known = type == 1 || type == 28;
    ByteBuffer out = ByteBuffer.allocate(questionEnd + 32);
    out.put(query, 0, questionEnd);
    out.putShort(2, (short) 0x8180).putShort(4, (short) 1).putShort(6, (short) (known ? 1 : 0));
    out.putShort(8, (short) 0).putShort(10, (short) 0);
    if (known) {
      out.putShort((short) (0xc000 | HEADER)).putShort((short) type).putShort((short) 1);
      out.putInt(TTL).putShort((short) address.length).put(address);
    }
    byte[] answer = new byte[out.position()];
    out.flip().get(answer);
    return answer;
  }

  @Override
  public void close() {
    socket.close();
  }
}
