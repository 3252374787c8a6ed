package dev.gander.dial;

import dev.gander.kernel.IpFamily;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * One unconnected UDP socket on a random port, and the questions that wait for an answer to it, by
 * message ID. After its time it is retired: it takes no new question and closes when the last that
 * waits is gone.
 */
final class UdpPort implements Network.DatagramOwner {

  /** Places by the lower bits of the ID. */
  private static final int SLOTS = 1 << 12;

  /** Half of the places: the second or third ID drawn finds a free one. */
  private static final int MOST = SLOTS / 2;

  private static final int RETIRED = 1 << 30;

  private final Network.Datagrams socket;
  private final Counters counters;
  private final AtomicReferenceArray<UdpShot> shots = new AtomicReferenceArray<>(SLOTS);
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger uses = new AtomicInteger();
  private final long openedNanos;

  /**
   * @throws IOException if the machine has no such family, no descriptor is left, or marking is
   *     required and not allowed
   */
  UdpPort(IpFamily family, Network network, Counters counters, long nowNanos) throws IOException {
    this.counters = counters;
    this.openedNanos = nowNanos;
    socket = network.datagrams(family, this);
  }

  boolean isSpent(long nowNanos, int maxUses, long maxAgeNanos) {
    return uses.get() >= maxUses || nowNanos - openedNanos >= maxAgeNanos;
  }

  /**
   * Waits for an answer to {@code shot} under an ID of its own; false if there is no room, or if
   * the port has been retired meanwhile.
   */
  boolean register(UdpShot shot, QueryIds ids) {
    if (waiting.incrementAndGet() > MOST) {
      unregistered();
      return false;
    }
    uses.incrementAndGet();
    int id = ids.next();
    while (!shots.compareAndSet(id & SLOTS - 1, null, shot)) {
      id = ids.next();
    }
    shot.registered(this, id);
    return true;
  }

  void unregister(int id) {
    shots.set(id & SLOTS - 1, null);
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
    socket.close();
  }

  /** 0 or the errno. */
  int send(byte[] message, InetSocketAddress server) {
    return socket.send(message, server);
  }

  @Override
  public void arrived(byte[] message, InetSocketAddress from) {
    UdpShot shot = shotOf(message);
    if (shot == null || !shot.server().equals(from) || !shot.arrived(message)) {
      counters.add(Counter.UPSTREAM_STRAYS);
    }
  }

  @Override
  public void bounced(byte[] sent, InetSocketAddress to, String why) {
    UdpShot shot = shotOf(sent);
    if (shot != null && shot.server().equals(to)) {
      shot.refused(why);
    }
  }

  private @Nullable UdpShot shotOf(byte[] message) {
    if (message.length < 2) {
      return null;
    }
    int id = (message[0] & 0xFF) << 8 | (message[1] & 0xFF);
    UdpShot shot = shots.get(id & SLOTS - 1);
    return shot != null && shot.id() == id ? shot : null;
  }
}
