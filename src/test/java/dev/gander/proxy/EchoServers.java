package dev.gander.proxy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Sends back what it gets, over TCP and UDP, on one port of both families of loopback. */
final class EchoServers implements AutoCloseable {

  private final ServerSocket tcp;
  private final DatagramSocket udp;

  EchoServers() throws IOException {
    tcp = new ServerSocket(0, 1024);
    udp = new DatagramSocket(tcp.getLocalPort());
    udp.setReceiveBufferSize(1 << 20);
    Thread.ofVirtual().start(this::accept);
    Thread.ofPlatform().daemon().start(this::reflect);
  }

  int port() {
    return tcp.getLocalPort();
  }

  InetSocketAddress ipv4() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port());
  }

  InetSocketAddress ipv6() {
    return new InetSocketAddress(InetAddress.ofLiteral("::1"), port());
  }

  InetSocketAddress byName() {
    return InetSocketAddress.createUnresolved("localhost", port());
  }

  private void accept() {
    while (true) {
      try {
        Socket client = tcp.accept();
        Thread.ofVirtual().start(() -> echo(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private static void echo(Socket client) {
    try (client) {
      client.setTcpNoDelay(true);
      byte[] buffer = new byte[1 << 16];
      for (int n = client.getInputStream().read(buffer);
          n >= 0;
          n = client.getInputStream().read(buffer)) {
        client.getOutputStream().write(buffer, 0, n);
      }
    } catch (IOException e) {
      // The client, or the proxy in between, is gone.
    }
  }

  private void reflect() {
    byte[] buffer = new byte[1 << 16];
    while (true) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        udp.receive(packet);
        udp.send(packet);
      } catch (IOException e) {
        if (udp.isClosed()) {
          return;
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    tcp.close();
    udp.close();
  }
}
