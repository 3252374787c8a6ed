package dev.gander.respond;

import dev.gander.kernel.DatagramBatch;
import dev.gander.kernel.Errno;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.UdpSocket;
import dev.gander.message.Client;
import dev.gander.message.Request;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * Sends replies from the address the client asked: packet info tells the kernel the source address
 * of each datagram, so that one socket serves all addresses of a family. A reply bears its client's
 * mark, by which the datapath knows the way back. Any thread.
 */
public final class Responder implements AutoCloseable {

  /** Replies of one reader thread, collected and sent by one system call. One thread at a time. */
  public static final class Batch {

    private final DatagramBatch datagrams;
    private final UdpSocket socket;

    private Batch(UdpSocket socket, int capacity) {
      this.socket = socket;
      datagrams = new DatagramBatch(socket.family(), capacity, Request.MAX_UDP_ANSWER);
    }

    /**
     * Adds a reply; allocates nothing. There must be room: no more replies between two {@link
     * #send} than the batch's capacity.
     *
     * @param interfaceIndex as for {@link Responder#send}
     */
    public void add(Client client, int interfaceIndex, byte[] reply, int length) {
      boolean added =
          datagrams.add(
              reply,
              0,
              length,
              client.sourceHigh(),
              client.sourceLow(),
              client.sourcePort(),
              scope(client, interfaceIndex),
              client.askedHigh(),
              client.askedLow(),
              client.mark() & ~TPROXY_MARK);
      if (!added) {
        throw new IllegalStateException("more replies than the batch has room for");
      }
    }

    /** Sends all and forgets them; how many the kernel would not take. Platform threads only. */
    public int send() {
      int failed = 0;
      if (datagrams.count() > 0) {
        failed = datagrams.count() - socket.send(datagrams, true);
        datagrams.clear();
      }
      return failed;
    }
  }

  /** The bit that sends a packet into the listener: a reply with it would come straight back. */
  private static final int TPROXY_MARK = 0x800_0000;

  private final @Nullable UdpSocket ipv4;
  private final @Nullable UdpSocket ipv6;
  private final boolean ours;

  private Responder(@Nullable UdpSocket ipv4, @Nullable UdpSocket ipv6, boolean ours) {
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.ours = ours;
  }

  /** Replies by the very socket the queries come to, which stays its owner's. */
  public static Responder over(UdpSocket socket) {
    boolean four = socket.family() == IpFamily.IPV4;
    return new Responder(four ? socket : null, four ? null : socket, false);
  }

  /**
   * Replies for addresses that are not this machine's: a transparent socket per family, bound to
   * {@code port} of every address. Call it on a thread of the network namespace the replies leave
   * from. A family the machine does not have is left out.
   *
   * @param port the port all clients ask, 53
   * @throws KernelException if the kernel refuses; EPERM without CAP_NET_ADMIN
   */
  public static Responder transparent(int port) {
    UdpSocket ipv4 = open(IpFamily.IPV4, port);
    try {
      return new Responder(ipv4, open(IpFamily.IPV6, port), true);
    } catch (KernelException e) {
      if (ipv4 != null) {
        ipv4.close();
      }
      throw e;
    }
  }

  private static @Nullable UdpSocket open(IpFamily family, int port) {
    EnumSet<UdpSocket.Option> options =
        EnumSet.of(
            UdpSocket.Option.TRANSPARENT,
            UdpSocket.Option.IPV6_ONLY,
            UdpSocket.Option.IGNORE_PATH_MTU);
    UdpSocket socket;
    try {
      socket = UdpSocket.open(family, options);
    } catch (KernelException e) {
      if (e.errno() == Errno.EAFNOSUPPORT) {
        return null;
      }
      throw e;
    }
    try {
      // Nothing is ever read here, so what strays in must not hold memory.
      socket.receiveBuffer(1);
      String any = family == IpFamily.IPV4 ? "0.0.0.0" : "::";
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(any), port));
      return socket;
    } catch (KernelException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Room for the replies of one reader thread.
   *
   * @param family that of the socket the thread reads
   */
  public Batch batch(IpFamily family, int capacity) {
    return new Batch(socket(family == IpFamily.IPV4), capacity);
  }

  /**
   * Sends one reply without blocking; virtual threads too.
   *
   * @param interfaceIndex by which the query came in, in this responder's network namespace: where
   *     a link-local client is
   * @return 0 or the errno; EAGAIN when the send buffer is full
   */
  public int send(Client client, int interfaceIndex, byte[] reply, int length) {
    return socket(client.askedIpv4())
        .send(
            reply,
            0,
            length,
            client.sourceHigh(),
            client.sourceLow(),
            client.sourcePort(),
            scope(client, interfaceIndex),
            client.askedHigh(),
            client.askedLow(),
            client.mark() & ~TPROXY_MARK);
  }

  /** The IPv6 socket of a responder that has no other takes IPv4 too, by mapped addresses. */
  private UdpSocket socket(boolean four) {
    UdpSocket fitting = four ? ipv4 : ipv6;
    UdpSocket there = fitting != null ? fitting : ipv6;
    if (there == null) {
      throw new IllegalStateException("a reply by IPv6 where there is only IPv4");
    }
    return there;
  }

  private static int scope(Client client, int interfaceIndex) {
    boolean linkLocal = (client.sourceHigh() & 0xFFC0_0000_0000_0000L) == 0xFE80_0000_0000_0000L;
    return linkLocal ? interfaceIndex : 0;
  }

  /** Closes the sockets made here. */
  @Override
  public void close() {
    if (ours) {
      if (ipv4 != null) {
        ipv4.close();
      }
      if (ipv6 != null) {
        ipv6.close();
      }
    }
  }
}
