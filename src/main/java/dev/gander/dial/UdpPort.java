package dev.gander.dial;

import dev.gander.kernel.DatagramBatch;
import dev.gander.kernel.Errno;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.UdpSocket;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * One unconnected UDP socket on a random port, and the questions that wait for an answer to it, by
 * message ID. After its time it is retired: it takes no new question and closes when the last that
 * waits is gone.
 */
final class UdpPort {

  private static final int IDS = 1 << 16;
  private static final int RETIRED = 1 << 30;
  private static final int RECEIVE_BUFFER = 1 << 20;

  private final UdpSocket socket;
  private final Reactor reactor;
  private final DatagramBatch batch;
  private final Counters counters;
  private final AtomicReferenceArray<UdpShot> shots = new AtomicReferenceArray<>(IDS);
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger uses = new AtomicInteger();
  private final long openedNanos;
  private final long key;

  /**
   * @param batch room for datagrams, shared by the ports of one family: only the reactor's thread
   *     uses it
   * @throws IOException if the machine has no such family, no descriptor is left, or marking is
   *     required and not allowed
   */
  UdpPort(
      IpFamily family,
      SocketMark mark,
      Reactor reactor,
      DatagramBatch batch,
      Counters counters,
      long nowNanos)
      throws IOException {
    this.reactor = reactor;
    this.batch = batch;
    this.counters = counters;
    this.openedNanos = nowNanos;
    socket = open(family, mark);
    try {
      key = reactor.add(socket, this::ready);
    } catch (KernelException e) {
      socket.close();
      throw new IOException(e.getMessage(), e);
    }
  }

  private static UdpSocket open(IpFamily family, SocketMark mark) throws IOException {
    EnumSet<UdpSocket.Option> options =
        EnumSet.of(
            UdpSocket.Option.ERRORS, UdpSocket.Option.IPV6_ONLY, UdpSocket.Option.IGNORE_PATH_MTU);
    try {
      UdpSocket socket = UdpSocket.open(family, options);
      try {
        mark.on(socket);
        socket.receiveBuffer(RECEIVE_BUFFER);
        String any = family == IpFamily.IPV4 ? "0.0.0.0" : "::";
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(any), 0));
        return socket;
      } catch (IOException | KernelException e) {
        socket.close();
        throw e;
      }
    } catch (KernelException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  boolean isSpent(long nowNanos, int maxUses, long maxAgeNanos) {
    return uses.get() >= maxUses || nowNanos - openedNanos >= maxAgeNanos;
  }

  /** Waits for an answer to {@code shot} under an ID of its own; false if retired meanwhile. */
  boolean register(UdpShot shot, QueryIds ids) {
    if (waiting.incrementAndGet() >= RETIRED) {
      unregistered();
      return false;
    }
    uses.incrementAndGet();
    int id = ids.next();
    while (!shots.compareAndSet(id, null, shot)) {
      id = ids.next();
    }
    shot.registered(this, id);
    return true;
  }

  void unregister(int id) {
    shots.set(id, null);
    unregistered();
  }

  private void unregistered() {
    if (waiting.decrementAndGet() == RETIRED) {
      close();
    }
  }

  void retire() {
    int before = waiting.getAndUpdate(count -> count >= RETIRED ? count : count + RETIRED);
    if (before == 0) {
      close();
    }
  }

  private void close() {
    reactor.remove(key);
    socket.close();
  }

  /** 0 or the errno. */
  int send(byte[] message, InetSocketAddress server) {
    return socket.send(message, server);
  }

  private void ready(boolean failed) {
    if (failed) {
      int got = socket.receiveErrors(batch);
      for (int i = 0; i < got; i++) {
        refused(i);
      }
    }
    int got;
    do {
      got = socket.receive(batch, false);
      for (int i = 0; i < got; i++) {
        arrived(i);
      }
    } while (got == batch.capacity());
  }

  private void arrived(int i) {
    byte[] message = new byte[batch.length(i)];
    batch.copyPayload(i, message, 0);
    UdpShot shot = shotOf(message);
    if (shot == null || !shot.server().equals(batch.source(i)) || !shot.arrived(message)) {
      counters.add(Counter.UPSTREAM_STRAYS);
    }
  }

  /** An ICMP message brought back the beginning of what was sent, often only its first bytes. */
  private void refused(int i) {
    byte[] sent = new byte[batch.length(i)];
    batch.copyPayload(i, sent, 0);
    UdpShot shot = shotOf(sent);
    if (shot != null && shot.server().equals(batch.source(i))) {
      shot.refused(Errno.describe(batch.error(i)));
    }
  }

  private @Nullable UdpShot shotOf(byte[] message) {
    return message.length < 2 ? null : shots.get((message[0] & 0xFF) << 8 | (message[1] & 0xFF));
  }
}
