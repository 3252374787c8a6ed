package dev.gander.forward;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** UDP on loopback, to a server and back; what comes back can be held up, as on a long way. */
final class HeldRelay implements AutoCloseable {

  private final DatagramSocket front;
  private final InetSocketAddress server;
  private final Map<SocketAddress, DatagramSocket> backs = new ConcurrentHashMap<>();
  private final List<DatagramPacket> heldUp = new ArrayList<>();
  private boolean holding;

  HeldRelay(int serverPort) throws IOException {
    InetAddress here = InetAddress.ofLiteral("127.0.0.1");
    server = new InetSocketAddress(here, serverPort);
    front = new DatagramSocket(0, here);
    Thread.ofPlatform().daemon().start(this::toServer);
  }

  int port() {
    return front.getLocalPort();
  }

  /** From now on the client hears nothing. */
  synchronized void hold() {
    holding = true;
  }

  /** Waits until the server has said something that is held up. */
  synchronized void untilHolding() throws InterruptedException {
    while (heldUp.isEmpty()) {
      wait();
    }
  }

  /** The client hears what it should have heard. */
  synchronized void release() throws IOException {
    holding = false;
    for (DatagramPacket each : heldUp) {
      front.send(each);
    }
    heldUp.clear();
  }

  /** As {@link #release}, but what was held up is lost. */
  synchronized void lose() {
    holding = false;
    heldUp.clear();
  }

  private void toServer() {
    try {
      while (true) {
        DatagramPacket packet = receive(front);
        DatagramSocket back = backs.get(packet.getSocketAddress());
        if (back == null) {
          back = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"));
          backs.put(packet.getSocketAddress(), back);
          SocketAddress client = packet.getSocketAddress();
          DatagramSocket mine = back;
          Thread.ofPlatform().daemon().start(() -> toClient(mine, client));
        }
        back.send(new DatagramPacket(packet.getData(), packet.getLength(), server));
      }
    } catch (IOException e) {
      close(); // by whoever closed the socket
    }
  }

  private void toClient(DatagramSocket back, SocketAddress client) {
    try {
      while (true) {
        DatagramPacket packet = receive(back);
        passOn(new DatagramPacket(packet.getData(), packet.getLength(), client));
      }
    } catch (IOException e) {
      back.close();
    }
  }

  private synchronized void passOn(DatagramPacket packet) throws IOException {
    if (holding) {
      heldUp.add(packet);
      notifyAll();
    } else {
      front.send(packet);
    }
  }

  private static DatagramPacket receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
    socket.receive(packet);
    return packet;
  }

  @Override
  public void close() {
    front.close();
    backs.values().forEach(DatagramSocket::close);
  }
}
