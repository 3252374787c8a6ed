package dev.gander.dial;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A UDP server on loopback that does with each question what the test says. */
public final class ScriptedServer implements AutoCloseable {

  /** What the server does with one question. */
  @FunctionalInterface
  public interface Script {
    /** Called on the server's thread, for one question after the other. */
    void received(byte[] question, InetSocketAddress from, ScriptedServer server)
        throws IOException;
  }

  private final DatagramSocket socket;
  private final Script script;

  public ScriptedServer(Script script) throws IOException {
    this(InetAddress.ofLiteral("127.0.0.1"), script);
  }

  public ScriptedServer(InetAddress address, Script script) throws IOException {
    socket = new DatagramSocket(0, address);
    socket.setReceiveBufferSize(4 << 20);
    this.script = script;
    Thread.ofPlatform().daemon().name("scripted-server").start(this::run);
  }

  private void run() {
    byte[] buffer = new byte[65535];
    while (!socket.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        byte[] question = java.util.Arrays.copyOf(packet.getData(), packet.getLength());
        script.received(question, (InetSocketAddress) packet.getSocketAddress(), this);
      } catch (IOException e) {
        // Closed: the test is over.
      }
    }
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  public void send(byte[] message, InetSocketAddress to) throws IOException {
    socket.send(new DatagramPacket(message, message.length, to));
  }

  /** The question as an answer without records: QR and RA set. */
  public static byte[] answerTo(byte[] question) {
    byte[] answer = question.clone();
    answer[2] |= (byte) 0x80;
    answer[3] |= (byte) 0x80;
    return answer;
  }

  @Override
  public void close() {
    socket.close();
  }
}
