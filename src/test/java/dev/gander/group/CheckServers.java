package dev.gander.group;

import com.sun.net.httpserver.HttpServer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** What checks ask, on loopback: a web server whose paths begin with a status, and a resolver. */
final class CheckServers implements AutoCloseable {

  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private final HttpServer web;
  private final DatagramSocket udp = new DatagramSocket(0, LOOPBACK);
  private final ServerSocket tcp = new ServerSocket(udp.getLocalPort(), 50, LOOPBACK);

  /** Datagrams that are lost before one is answered. */
  private final AtomicInteger lose = new AtomicInteger();

  CheckServers() throws IOException {
    web = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 50);
    web.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          String digits = path.replaceFirst("/[a-z_]+204$", "").replace("/", "");
          exchange.sendResponseHeaders(digits.isEmpty() ? 200 : Integer.parseInt(digits), -1);
          exchange.close();
        });
    web.start();
    Thread.ofVirtual().start(this::answerDatagrams);
    Thread.ofVirtual().start(this::answerConnections);
  }

  int webPort() {
    return web.getAddress().getPort();
  }

  int dnsPort() {
    return udp.getLocalPort();
  }

  void lose(int datagrams) {
    lose.set(datagrams);
  }

  private void answerDatagrams() {
    byte[] buffer = new byte[512];
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        udp.receive(packet);
        if (lose.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
          buffer[2] |= (byte) 0x80;
          udp.send(packet);
        }
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void answerConnections() {
    try {
      while (true) {
        Socket client = tcp.accept();
        Thread.ofVirtual().start(() -> answer(client));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private static void answer(Socket client) {
    try (client) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      byte[] query = in.readNBytes(in.readUnsignedShort());
      query[2] |= (byte) 0x80;
      DataOutputStream out = new DataOutputStream(client.getOutputStream());
      out.writeShort(query.length);
      out.write(query);
    } catch (IOException e) {
      // The client has gone.
    }
  }

  @Override
  public void close() throws IOException {
    web.stop(0);
    udp.close();
    tcp.close();
  }
}
