package dev.gander.dial;

import dev.gander.kernel.IpFamily;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What lies below this room: sockets, and word of when they are ready. The kernel's, or those of an
 * exit; in scenario tests one whose packets a story loses, delays and forges. Owners are told on
 * one thread and do little there.
 */
interface Network extends AutoCloseable {

  /** Who sends by a UDP socket. */
  interface DatagramOwner {
    /** A datagram came. */
    void arrived(byte[] message, InetSocketAddress from);

    /**
     * It did not get there: an ICMP error came, or there is no way.
     *
     * @param sent the beginning of what was sent, often only its first bytes
     * @param to whither
     * @param why in words
     */
    void bounced(byte[] sent, InetSocketAddress to, String why);
  }

  /** A UDP socket on a random port. Any thread. */
  interface Datagrams extends AutoCloseable {
    /** 0 or the errno. */
    int send(byte[] message, InetSocketAddress to);

    @Override
    void close();
  }

  /** A TCP socket that does not block. Any thread. */
  interface Stream extends AutoCloseable {
    /** 0 or the errno; EINPROGRESS is the usual one, and writable means finished. */
    int connect(InetSocketAddress server);

    /** What went wrong while it connected, in words; null if nothing. */
    @Nullable String failure();

    /** Bytes read; 0 at the end of the stream; else the negated errno. */
    int read(byte[] into, int offset, int length);

    /** Bytes written, or the negated errno. */
    int write(byte[] from, int offset, int length);

    /**
     * Tells the owner once, when the socket can be read or written as asked, or has failed.
     *
     * @throws dev.gander.kernel.KernelException if it is closed
     */
    void once(boolean toRead, boolean toWrite);

    @Override
    void close();
  }

  /**
   * A new UDP socket.
   *
   * @throws IOException if the machine has no such family, no descriptor is left, or marking is
   *     required and not allowed
   */
  Datagrams datagrams(IpFamily family, DatagramOwner owner) throws IOException;

  /**
   * A new TCP socket.
   *
   * @param ready told each time after {@link Stream#once}
   * @throws IOException as for {@link #datagrams}
   */
  Stream stream(IpFamily family, Runnable ready) throws IOException;

  /**
   * How questions are spread over UDP sockets, so that a forger must guess the port, too.
   *
   * @param ports at a time, a power of two
   * @param maxUses questions until a port is replaced
   * @param maxAge until it is replaced
   */
  record Spread(int ports, int maxUses, Duration maxAge) {}

  /** How the questions over this network are spread. */
  Spread spread();

  /** Ends the thread; sockets stay open. */
  @Override
  void close();
}
