package dev.gander.kernel;

import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.Set;

/**
 * A UDP socket with the options the JDK's do not have. It belongs to the network namespace of the
 * thread that opened it and may then be used by any thread: any number may {@link #send} while one
 * {@link #receive}s. Every method throws {@link KernelException} when the kernel refuses.
 */
public final class UdpSocket implements AutoCloseable {

  /** What can be asked of a socket when it is opened. */
  public enum Option {
    /** Take and send packets with addresses that are not this machine's; needs CAP_NET_ADMIN. */
    TRANSPARENT,
    /** Bind to an address that no interface has yet. */
    FREEBIND,
    REUSE_ADDRESS,
    REUSE_PORT,
    /** Each datagram tells the address and port that were asked, also after TPROXY. */
    ORIGINAL_DESTINATION,
    /** Each datagram tells the address that was asked and the interface it came in by. */
    PACKET_INFO,
    /** Each datagram tells its firewall mark; kernel 5.19, see {@link UdpSocket#has}. */
    RECEIVE_MARK,
    /** Each datagram tells its type of service or traffic class. */
    RECEIVE_TRAFFIC_CLASS,
    /** IPv6 only: no IPv4 through mapped addresses. */
    IPV6_ONLY,
    /** Keep ICMP errors, with the address they are about, for {@link UdpSocket#receiveErrors}. */
    ERRORS,
    /** Never set Don't Fragment and never believe an ICMP message about the path's MTU. */
    IGNORE_PATH_MTU,
    /** No call blocks, whatever it is asked: for who waits by an event loop of his own. */
    NON_BLOCKING,
  }

  private static final int SOL_IP = ControlMessages.SOL_IP;
  private static final int SOL_IPV6 = ControlMessages.SOL_IPV6;
  private static final int SO_REUSEADDR = 2;
  private static final int SO_RCVBUF = 8;
  private static final int SO_REUSEPORT = 15;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SO_MEMINFO = 55;
  private static final int SO_MEMINFO_DROPS = 8;
  private static final int SO_RCVMARK = 75;
  private static final int PMTUDISC_OMIT = 5;

  private final IpFamily family;
  private final Descriptor descriptor;
  private final EnumSet<Option> options = EnumSet.noneOf(Option.class);
  private volatile boolean deaf;

  private UdpSocket(IpFamily family, int fd) {
    this.family = family;
    this.descriptor = new Descriptor(fd);
  }

  /**
   * A new socket in the network namespace of the calling thread, bound to nothing.
   *
   * @throws KernelException if the kernel refuses an option; all but {@link Option#RECEIVE_MARK},
   *     which a kernel older than 5.19 does not know, are taken to be needed
   */
  public static UdpSocket open(IpFamily family, Set<Option> options) {
    boolean nonBlocking = options.contains(Option.NON_BLOCKING);
    UdpSocket socket = new UdpSocket(family, Sockets.open(family, Sockets.DATAGRAM, nonBlocking));
    try {
      options.forEach(socket::enable);
    } catch (KernelException e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  private void enable(Option option) {
    boolean six = family == IpFamily.IPV6;
    int errno =
        switch (option) {
          case TRANSPARENT -> six ? set(SOL_IPV6, 75) : set(SOL_IP, 19);
          case FREEBIND -> six ? set(SOL_IPV6, 78) : set(SOL_IP, 15);
          case REUSE_ADDRESS -> set(Sockets.SOL_SOCKET, SO_REUSEADDR);
          case REUSE_PORT -> set(Sockets.SOL_SOCKET, SO_REUSEPORT);
          case ORIGINAL_DESTINATION -> six ? set(SOL_IPV6, 74) : set(SOL_IP, 20);
          case PACKET_INFO -> six ? set(SOL_IPV6, 49) : set(SOL_IP, 8);
          case RECEIVE_MARK -> set(Sockets.SOL_SOCKET, SO_RCVMARK);
          case RECEIVE_TRAFFIC_CLASS -> six ? bothTrafficClasses() : set(SOL_IP, 13);
          case IPV6_ONLY -> six ? set(SOL_IPV6, 26) : 0;
          case ERRORS -> six ? set(SOL_IPV6, 25) : set(SOL_IP, 11);
          case IGNORE_PATH_MTU -> ignorePathMtu();
          case NON_BLOCKING -> 0; // since it was opened
        };
    if (errno == 0) {
      options.add(option);
    } else if (option != Option.RECEIVE_MARK || errno != Errno.ENOPROTOOPT) {
      throw new KernelException(
          "cannot set "
              + option
              + " on an "
              + family
              + " socket: "
              + Errno.describe(errno)
              + (errno == Errno.EPERM ? "; it needs CAP_NET_ADMIN (run as root)" : ""),
          errno);
    }
  }

  private int set(int level, int option) {
    return Sockets.set(descriptor.fd(), level, option, 1);
  }

  /** IPv4 datagrams that come by a mapped address tell theirs only by the IPv4 option. */
  private int bothTrafficClasses() {
    int errno = set(SOL_IPV6, 66);
    return errno != 0 ? errno : set(SOL_IP, 13);
  }

  private int ignorePathMtu() {
    int errno = Sockets.set(descriptor.fd(), SOL_IP, 10, PMTUDISC_OMIT);
    return errno != 0 || family == IpFamily.IPV4
        ? errno
        : Sockets.set(descriptor.fd(), SOL_IPV6, 23, PMTUDISC_OMIT);
  }

  /** Whether the option was asked for and the kernel knows it. */
  public boolean has(Option option) {
    return options.contains(option);
  }

  public IpFamily family() {
    return family;
  }

  /**
   * Binds to {@code address}; port 0 lets the kernel choose at random from its ephemeral range.
   *
   * @throws KernelException with EADDRINUSE, EADDRNOTAVAIL or EACCES
   */
  public void bind(InetSocketAddress address) {
    Sockets.bind(
        descriptor.fd(), family, address, "bind UDP " + address.getAddress().getHostAddress());
  }

  /**
   * From now on nothing goes by another interface.
   *
   * @throws KernelException ENODEV if there is none of this name
   */
  public void bindToDevice(String device) {
    Sockets.bindToDevice(descriptor.fd(), device);
  }

  /**
   * Has the descriptor {@code other}, whose number stays, be this socket from now on. This object
   * is as if closed.
   *
   * @param other open, and known to no poller yet
   */
  public void takePlaceOf(int other) {
    FileDescriptor.replace(other, descriptor.fd());
    descriptor.close(() -> {});
  }

  /** The address and port it is bound to. */
  public InetSocketAddress localAddress() {
    return Sockets.localAddress(descriptor.fd());
  }

  /** Marks all that leaves by this socket; false without CAP_NET_ADMIN, and then it is unmarked. */
  public boolean mark(int mark) {
    return Sockets.mark(descriptor.fd(), mark);
  }

  /**
   * Asks for a receive buffer of {@code bytes}, beyond net.core.rmem_max where CAP_NET_ADMIN lets
   * it.
   */
  public void receiveBuffer(int bytes) {
    if (Sockets.set(descriptor.fd(), Sockets.SOL_SOCKET, SO_RCVBUFFORCE, bytes) != 0) {
      Sockets.set(descriptor.fd(), Sockets.SOL_SOCKET, SO_RCVBUF, bytes);
    }
  }

  /** Datagrams the kernel has dropped because the receive buffer was full. */
  public long dropped() {
    if (!descriptor.enter()) {
      return 0;
    }
    try {
      int drops = Sockets.get(descriptor.fd(), Sockets.SOL_SOCKET, SO_MEMINFO, SO_MEMINFO_DROPS);
      return Integer.toUnsignedLong(drops);
    } finally {
      descriptor.leave();
    }
  }

  /**
   * The descriptor's number, for a map of sockets in the kernel. It stays this socket's property
   * and is valid until {@link #close}.
   */
  public int fd() {
    return descriptor.fd();
  }

  /**
   * Takes the datagrams that are there into {@code batch}; allocates nothing. With {@code wait}
   * blocks its (platform) thread until there is one.
   *
   * @return how many came, 0 if none did, -1 once the socket is closed or deaf
   */
  public int receive(DatagramBatch batch, boolean wait) {
    return receive(batch, wait, false);
  }

  /**
   * Takes ICMP errors that came back for what was sent: their "source" is where the datagram was
   * sent to, their payload as much of it as came back, their {@link DatagramBatch#error} the errno.
   * Never blocks. For sockets with {@link Option#ERRORS}.
   */
  public int receiveErrors(DatagramBatch batch) {
    return receive(batch, false, true);
  }

  private int receive(DatagramBatch batch, boolean wait, boolean errors) {
    if (!descriptor.enter()) {
      return -1;
    }
    try {
      int got = batch.receive(descriptor.fd(), wait, errors);
      if (deaf || descriptor.closing()) {
        return -1;
      }
      if (got < 0 && isFatal(-got)) {
        throw new KernelException("receive from a UDP socket: " + Errno.describe(-got), -got);
      }
      return Math.max(got, 0);
    } finally {
      descriptor.leave();
    }
  }

  /**
   * Whether the fault is ours; any other error is news of some datagram sent earlier, which the
   * kernel tells on whatever call comes next.
   */
  private static boolean isFatal(int errno) {
    return errno == Errno.EBADF
        || errno == Errno.ENOTSOCK
        || errno == Errno.EINVAL
        || errno == Errno.EFAULT
        || errno == Errno.ENOMEM;
  }

  /**
   * Sends all datagrams of the batch in as few system calls as can be; allocates nothing. What the
   * kernel refuses is passed over and has its errno in {@link DatagramBatch#error}.
   *
   * @param wait whether to block its (platform) thread while the send buffer is full; otherwise
   *     those that find it full have EAGAIN
   * @return how many were sent
   */
  public int send(DatagramBatch batch, boolean wait) {
    if (!descriptor.enter()) {
      return 0;
    }
    try {
      int sent = 0;
      int next = 0;
      boolean again = true;
      while (next < batch.count()) {
        int got = batch.send(descriptor.fd(), next, wait);
        if (got > 0) {
          sent += got;
          next += got;
          again = true;
        } else if (again && got != -Errno.EAGAIN) {
          // An error of an earlier datagram may be told here, once; ask again to know.
          again = false;
        } else {
          batch.failed(next++, -got);
          again = true;
        }
      }
      return sent;
    } finally {
      descriptor.leave();
    }
  }

  /**
   * Sends one datagram without ever blocking; any thread, virtual ones too.
   *
   * @param scope index of the interface of a link-local destination, otherwise 0
   * @param fromHigh with {@code fromLow} the address it leaves from; both 0: routing chooses
   * @param mark as for {@link DatagramBatch#add}
   * @return 0, or the errno: EAGAIN when the send buffer is full, EMSGSIZE beyond 4096 bytes, EBADF
   *     once the socket is closed
   */
  public int send(
      byte[] payload,
      int offset,
      int length,
      long toHigh,
      long toLow,
      int toPort,
      int scope,
      long fromHigh,
      long fromLow,
      int mark) {
    if (length > Scratch.DATAGRAM) {
      return Errno.EMSGSIZE;
    }
    Scratch scratch = Scratch.acquire();
    try {
      DatagramBatch one = family == IpFamily.IPV4 ? scratch.ipv4 : scratch.ipv6;
      one.clear();
      one.add(payload, offset, length, toHigh, toLow, toPort, scope, fromHigh, fromLow, mark);
      if (send(one, false) == 1) {
        return 0;
      }
      return one.error(0) == 0 ? Errno.EBADF : one.error(0);
    } finally {
      scratch.release();
    }
  }

  /**
   * Sends one datagram from whatever address routing chooses, without ever blocking; any thread.
   *
   * @return as the other {@code send}
   */
  public int send(byte[] payload, InetSocketAddress to) {
    byte[] address = to.getAddress().getAddress();
    return send(
        payload,
        0,
        payload.length,
        NativeAddress.high(address),
        NativeAddress.low(address),
        to.getPort(),
        NativeAddress.scope(to.getAddress()),
        0,
        0,
        0);
  }

  /** Receives nothing from now on, and a blocked {@link #receive} returns -1; sending goes on. */
  public void stopReceiving() {
    deaf = true;
    if (descriptor.enter()) {
      Sockets.wakeReaders(descriptor.fd(), Sockets.SHUT_RD);
      descriptor.leave();
    }
  }

  Descriptor descriptor() {
    return descriptor;
  }

  /** Closes it; a thread blocked in {@link #receive} returns with -1. */
  @Override
  public void close() {
    descriptor.close(() -> Sockets.wakeReaders(descriptor.fd(), Sockets.SHUT_RDWR));
  }
}
