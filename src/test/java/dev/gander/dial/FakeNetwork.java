package dev.gander.dial;

import dev.gander.clock.Clock;
import dev.gander.kernel.Errno;
import dev.gander.kernel.IpFamily;
import dev.gander.observe.Counters;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A network without a kernel: what is sent goes to {@link Servers}, what they say comes back when
 * the test lets it ({@link #runDue}), on the test's thread. Everything above is the real thing.
 */
public final class FakeNetwork {

  /** All servers of the world. Called on the thread that sends. */
  public interface Servers {
    /** A datagram has come to {@code to}; 0 or the errno of sending it. */
    int datagram(byte[] message, InetSocketAddress to, Datagrams back);

    /** Somebody connects; 0, an errno, or {@link #SILENT}. */
    int connect(InetSocketAddress to);

    /** A whole message has come by TCP. */
    void streamed(byte[] message, InetSocketAddress to, Streams back);
  }

  /** The way back to the socket a datagram came from. */
  public interface Datagrams {
    void send(byte[] message, InetSocketAddress from, long afterNanos);

    void bounce(byte[] sent, InetSocketAddress to, int errno, long afterNanos);
  }

  /** The way back on a connection. */
  public interface Streams {
    void send(byte[] message, long afterNanos);

    void end(long afterNanos);
  }

  /** A connection attempt that nobody answers. */
  public static final int SILENT = -1;

  /** How long a connection takes to stand. */
  public static final long HANDSHAKE_NANOS = 10_000_000;

  private record Event(long atNanos, long number, Runnable what) {}

  private final Clock clock;
  private final Servers servers;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::number));
  private long numbers;

  public FakeNetwork(Clock clock, Servers servers) {
    this.clock = clock;
    this.servers = servers;
  }

  /** Paths over this network. */
  public Dialer dialer(SecureRandom random, Counters counters) {
    return new Dialer(new Sockets(), clock, random, counters);
  }

  /** When the next message arrives; empty if none is on its way. */
  public synchronized OptionalLong nextNanos() {
    Event first = events.peek();
    return first == null ? OptionalLong.empty() : OptionalLong.of(first.atNanos());
  }

  /** Lets arrive what is due; whether anything was. */
  public boolean runDue() {
    boolean any = false;
    for (Event due = takeDue(); due != null; due = takeDue()) {
      due.what().run();
      any = true;
    }
    return any;
  }

  private synchronized @Nullable Event takeDue() {
    Event first = events.peek();
    return first != null && first.atNanos() <= clock.nanoTime() ? events.remove() : null;
  }

  private synchronized void later(long afterNanos, Runnable what) {
    events.add(new Event(clock.nanoTime() + afterNanos, numbers++, what));
  }

  private final class Sockets implements Network {

    @Override
    public Network.Datagrams datagrams(IpFamily family, DatagramOwner owner) {
      return new DatagramSocket(owner);
    }

    @Override
    public Stream stream(IpFamily family, Runnable ready) {
      return new StreamSocket(ready);
    }

    @Override
    public Spread spread() {
      return KernelNetwork.SPREAD;
    }

    @Override
    public void close() {}
  }

  private final class DatagramSocket implements Network.Datagrams, Datagrams {

    private final Network.DatagramOwner owner;
    private volatile boolean closed;

    DatagramSocket(Network.DatagramOwner owner) {
      this.owner = owner;
    }

    @Override
    public int send(byte[] message, InetSocketAddress to) {
      return servers.datagram(message.clone(), to, this);
    }

    @Override
    public void send(byte[] message, InetSocketAddress from, long afterNanos) {
      later(
          afterNanos,
          () -> {
            if (!closed) {
              owner.arrived(message, from);
            }
          });
    }

    @Override
    public void bounce(byte[] sent, InetSocketAddress to, int errno, long afterNanos) {
      later(
          afterNanos,
          () -> {
            if (!closed) {
              owner.bounced(sent, to, Errno.describe(errno));
            }
          });
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private final class StreamSocket implements Network.Stream, Streams {

    private final Runnable ready;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final Deque<Byte> arrived = new ArrayDeque<>();
    private InetSocketAddress server = new InetSocketAddress(0);
    private int outcome = SILENT;
    private boolean standing;
    private boolean ended;
    private boolean wantsRead;
    private boolean wantsWrite;
    private boolean closed;

    StreamSocket(Runnable ready) {
      this.ready = ready;
    }

    @Override
    public synchronized int connect(InetSocketAddress to) {
      server = to;
      outcome = servers.connect(to);
      if (outcome != SILENT) {
        later(
            HANDSHAKE_NANOS,
            () -> {
              synchronized (this) {
                standing = true;
              }
              look();
            });
      }
      return Errno.EINPROGRESS;
    }

    @Override
    public synchronized @Nullable String failure() {
      return outcome <= 0 ? null : Errno.describe(outcome);
    }

    @Override
    public synchronized int read(byte[] into, int offset, int length) {
      if (arrived.isEmpty()) {
        return ended ? 0 : -Errno.EAGAIN;
      }
      int count = Math.min(length, arrived.size());
      for (int i = 0; i < count; i++) {
        into[offset + i] = arrived.remove();
      }
      return count;
    }

    @Override
    public int write(byte[] from, int offset, int length) {
      for (int i = 0; i < length; i++) {
        byte[] message = take(from[offset + i]);
        if (message.length > 0) {
          servers.streamed(message, server, this);
        }
      }
      return length;
    }

    /** The message that this byte completes; else empty. */
    private synchronized byte[] take(byte next) {
      written.write(next);
      byte[] all = written.toByteArray();
      if (all.length < 2 || all.length < 2 + (((all[0] & 0xFF) << 8) | (all[1] & 0xFF))) {
        return new byte[0];
      }
      written.reset();
      return java.util.Arrays.copyOfRange(all, 2, all.length);
    }

    @Override
    public synchronized void once(boolean toRead, boolean toWrite) {
      wantsRead = toRead;
      wantsWrite = toWrite;
      later(0, this::look);
    }

    @Override
    public void send(byte[] message, long afterNanos) {
      later(
          afterNanos,
          () -> {
            synchronized (this) {
              arrived.add((byte) (message.length >>> 8));
              arrived.add((byte) message.length);
              for (byte one : message) {
                arrived.add(one);
              }
            }
            look();
          });
    }

    @Override
    public void end(long afterNanos) {
      later(
          afterNanos,
          () -> {
            synchronized (this) {
              ended = true;
            }
            look();
          });
    }

    private void look() {
      boolean tell;
      synchronized (this) {
        boolean readable = standing && (!arrived.isEmpty() || ended || outcome > 0);
        tell = !closed && ((wantsWrite && standing) || (wantsRead && readable));
        if (tell) {
          wantsRead = false;
          wantsWrite = false;
        }
      }
      if (tell) {
        ready.run();
      }
    }

    @Override
    public synchronized void close() {
      closed = true;
    }
  }
}
