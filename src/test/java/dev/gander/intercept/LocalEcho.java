package dev.gander.intercept;

import dev.gander.kernel.Lab;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;

/** A service of the router's own, as dnsmasq is: echoes what its socket gets. */
final class LocalEcho implements AutoCloseable {

  private final DatagramSocket socket;
  private final Thread thread;

  LocalEcho(Lab lab, String address, int port) throws Exception {
    socket = lab.router().call(() -> new DatagramSocket(new InetSocketAddress(address, port)));
    thread = new Thread(this::echo, "local-echo");
    thread.setDaemon(true);
    thread.start();
  }

  private void echo() {
    DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
    try {
      while (true) {
        packet.setLength(65536);
        socket.receive(packet);
        socket.send(packet);
      }
    } catch (IOException e) {
      socket.close();
    }
  }

  @Override
  public void close() {
    socket.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
