package dev.gander.daemon;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** A name server on loopback that has one address for every name. */
final class TestUpstream implements AutoCloseable {

  private final DatagramSocket socket;
  private final InetAddress address;
  private final AtomicInteger asked = new AtomicInteger();
  private volatile CountDownLatch gate = new CountDownLatch(0);

  TestUpstream(String address) throws IOException {
    this.address = InetAddress.ofLiteral(address);
    socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofVirtual().start(this::serve);
  }

  int port() {
    return socket.getLocalPort();
  }

  /** Queries that came in. */
  int asked() {
    return asked.get();
  }

  /** From now on answers wait until the returned latch opens. */
  CountDownLatch hold() {
    gate = new CountDownLatch(1);
    return gate;
  }

  private void serve() {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
        socket.receive(packet);
        Message query = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
        asked.incrementAndGet();
        CountDownLatch wait = gate;
        Thread.ofVirtual().start(() -> answer(query, packet, wait));
      }
    } catch (IOException e) {
      socket.close();
    }
  }

  private void answer(Message query, DatagramPacket packet, CountDownLatch wait) {
    try {
      wait.await();
      Message answer = new Message(query.getHeader().getID());
      answer.getHeader().setFlag(Flags.QR);
      Record question = query.getQuestion();
      answer.addRecord(question, Section.QUESTION);
      answer.addRecord(new ARecord(question.getName(), 1, 300, address), Section.ANSWER);
      byte[] wire = answer.toWire();
      socket.send(new DatagramPacket(wire, wire.length, packet.getSocketAddress()));
    } catch (IOException e) {
      socket.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    gate.countDown();
    socket.close();
  }
}
