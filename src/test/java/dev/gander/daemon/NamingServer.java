package dev.gander.daemon;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** A name server on TCP that answers each question with the address of who asks. */
final class NamingServer implements AutoCloseable {

  private final ServerSocket socket;

  NamingServer() throws IOException {
    socket = new ServerSocket(0, 64, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = socket.accept();
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException e) {
      // Closed: the test is over.
      return;
    }
  }

  private static void serve(Socket connection) {
    try (connection;
        DataInputStream in = new DataInputStream(connection.getInputStream());
        DataOutputStream out = new DataOutputStream(connection.getOutputStream())) {
      InetAddress asker = ((InetSocketAddress) connection.getRemoteSocketAddress()).getAddress();
      while (true) {
        byte[] query = new byte[in.readUnsignedShort()];
        in.readFully(query);
        byte[] answer = answer(new Message(query), asker);
        out.writeShort(answer.length);
        out.write(answer);
        out.flush();
      }
    } catch (IOException e) {
      // The client has gone.
      return;
    }
  }

  private static byte[] answer(Message query, InetAddress asker) {
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    Record question = query.getQuestion();
    answer.addRecord(question, Section.QUESTION);
    answer.addRecord(new ARecord(question.getName(), 1, 1, asker), Section.ANSWER);
    return answer.toWire();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
