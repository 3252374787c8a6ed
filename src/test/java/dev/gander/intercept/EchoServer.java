package dev.gander.intercept;

import dev.gander.kernel.DatagramBatch;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.UdpSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;

/** Listens behind an interceptor and sends each query back, from the address it asked. */
final class EchoServer implements AutoCloseable {

  /** What one query came with. */
  record Seen(
      long sourceLow, int sourcePort, long askedHigh, long askedLow, int askedPort, int mark) {}

  private final Interceptor interceptor;
  private final List<UdpSocket> sockets = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Set<UdpSocket> busy = ConcurrentHashMap.newKeySet();
  private volatile int replyBytes;
  private final BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
  private final boolean marked;
  private final int[] ipv4;
  private final int[] ipv6;

  /**
   * @param marked false to behave as on a kernel whose recvmsg does not tell the mark
   */
  EchoServer(Interceptor interceptor, int perFamily, boolean marked) throws Exception {
    this.interceptor = interceptor;
    this.marked = marked;
    ipv4 = open(IpFamily.IPV4, "0.0.0.0", perFamily);
    ipv6 = open(IpFamily.IPV6, "::", perFamily);
    interceptor.setListeners(ipv4, ipv6);
  }

  private int[] open(IpFamily family, String any, int count) throws Exception {
    InetAddress address = InetAddress.getByName(any);
    UdpSocket responder = socket(family, address, 53);
    int[] fds = new int[count];
    for (int i = 0; i < count; i++) {
      UdpSocket listener = socket(family, address, 0);
      fds[i] = listener.fd();
      Thread thread = new Thread(() -> echo(listener, responder), "echo-" + family + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    return fds;
  }

  private UdpSocket socket(IpFamily family, InetAddress address, int port) {
    EnumSet<UdpSocket.Option> options =
        EnumSet.of(
            UdpSocket.Option.TRANSPARENT,
            UdpSocket.Option.ORIGINAL_DESTINATION,
            UdpSocket.Option.PACKET_INFO);
    if (marked) {
      options.add(UdpSocket.Option.RECEIVE_MARK);
    }
    if (family == IpFamily.IPV6) {
      options.add(UdpSocket.Option.IPV6_ONLY);
    }
    UdpSocket socket =
        interceptor.inNamespace(() -> {
          UdpSocket opened = UdpSocket.open(family, options);
          opened.bind(new InetSocketAddress(address, port));
          return opened;
        });
    sockets.add(socket);
    return socket;
  }

  private void echo(UdpSocket listener, UdpSocket responder) {
    DatagramBatch batch = new DatagramBatch(listener.family(), 16, 4096);
    byte[] payload = new byte[4096];
    while (listener.receive(batch, true) >= 0) {
      busy.add(listener);
      for (int i = 0; i < batch.count(); i++) {
        int length = batch.copyPayload(i, payload, 0);
        int mark =
            interceptor
                .identities()
                .replyMark(
                    batch.mark(i), batch.sourceHigh(i), batch.sourceLow(i), batch.sourcePort(i));
        seen.add(
            new Seen(
                batch.sourceLow(i),
                batch.sourcePort(i),
                batch.destinationHigh(i),
                batch.destinationLow(i),
                batch.destinationPort(i),
                mark));
        responder.send(
            payload,
            0,
            Math.max(length, replyBytes),
            batch.sourceHigh(i),
            batch.sourceLow(i),
            batch.sourcePort(i),
            batch.interfaceIndex(i),
            batch.destinationHigh(i),
            batch.destinationLow(i),
            mark);
      }
    }
  }

  /** Lengthens the replies, up to 4096 bytes. */
  void replyBytes(int bytes) {
    replyBytes = bytes;
  }

  void forget() {
    seen.clear();
    busy.clear();
  }

  /** Listeners that got anything at all. */
  int busyListeners() {
    return busy.size();
  }

  /** What was received, in order. */
  BlockingQueue<Seen> seen() {
    return seen;
  }

  @Override
  public void close() {
    sockets.forEach(UdpSocket::close);
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
