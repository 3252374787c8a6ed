package dev.gander.proxy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** A port of UDP that leads to another of loopback, as a rule of a firewall would have it. */
final class PortForward implements AutoCloseable {

  private final DatagramSocket near;
  private final DatagramSocket far;
  private final InetSocketAddress server;
  private volatile SocketAddress client = new InetSocketAddress(0);
  private volatile boolean used;

  PortForward(int to) throws IOException {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    server = new InetSocketAddress(loopback, to);
    near = new DatagramSocket(0, loopback);
    far = new DatagramSocket(0, loopback);
    for (DatagramSocket socket : new DatagramSocket[] {near, far}) {
      socket.setReceiveBufferSize(1 << 20);
      Thread.ofPlatform().daemon().start(() -> forward(socket, socket.equals(near)));
    }
  }

  int port() {
    return near.getLocalPort();
  }

  /** Whether anything came. */
  boolean isUsed() {
    return used;
  }

  private void forward(DatagramSocket from, boolean outward) {
    byte[] buffer = new byte[2048];
    while (!from.isClosed()) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        from.receive(packet);
        if (outward) {
          client = packet.getSocketAddress();
          used = true;
          packet.setSocketAddress(server);
          far.send(packet);
        } else {
          packet.setSocketAddress(client);
          near.send(packet);
        }
      } catch (IOException e) {
        // Whoever it was for is gone.
      }
    }
  }

  @Override
  public void close() {
    near.close();
    far.close();
  }
}
