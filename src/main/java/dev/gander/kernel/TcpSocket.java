package dev.gander.kernel;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A client's TCP socket that can bear a firewall mark, which the JDK's cannot. Never blocks: what
 * cannot be done at once says so, and a {@link Poller} tells when to come back. One thread at a
 * time; any thread may close it.
 */
public final class TcpSocket implements AutoCloseable {

  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_MPTCP = 262;
  private static final int TCP_NODELAY = 1;
  private static final int TCP_FASTOPEN_CONNECT = 30;
  private static final int MSG_NOSIGNAL = 0x4000;

  private final IpFamily family;
  private final Descriptor descriptor;

  private TcpSocket(IpFamily family, int fd) {
    this.family = family;
    this.descriptor = new Descriptor(fd);
  }

  /** A new socket in the network namespace of the calling thread. */
  public static TcpSocket open(IpFamily family) {
    return of(family, Sockets.open(family, Sockets.STREAM, true));
  }

  /**
   * As {@link #open}, of Multipath TCP (RFC 8684), which is TCP where the server knows no better;
   * null if this kernel has none, or its administrator has switched it off.
   */
  static @Nullable TcpSocket openMultipath(IpFamily family) {
    long fd = Sockets.tryOpen(family, Sockets.STREAM, true, IPPROTO_MPTCP);
    if (fd == -Errno.EPROTONOSUPPORT || fd == -Errno.ENOPROTOOPT || fd == -Errno.EINVAL) {
      return null;
    }
    return of(family, (int) Libc.checked("open an " + family + " socket of Multipath TCP", fd));
  }

  private static TcpSocket of(IpFamily family, int fd) {
    TcpSocket socket = new TcpSocket(family, fd);
    Sockets.set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    return socket;
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
   * The address and port it connects from.
   *
   * @throws KernelException with EADDRNOTAVAIL if it is not this machine's
   */
  public void bind(InetSocketAddress address) {
    Sockets.bind(
        descriptor.fd(), family, address, "bind TCP " + address.getAddress().getHostAddress());
  }

  /**
   * TCP Fast Open (RFC 7413): {@link #connect} returns 0 at once where the server has given a
   * cookie before, and the first bytes leave with the SYN; then it is the first read or write that
   * tells of a failure.
   *
   * @return whether this kernel does it for this kind of socket
   */
  public boolean fastOpen() {
    return Sockets.set(descriptor.fd(), IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1) == 0;
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

  /** Marks all that leaves by this socket; false without CAP_NET_ADMIN, and then it is unmarked. */
  public boolean mark(int mark) {
    return Sockets.mark(descriptor.fd(), mark);
  }

  /**
   * Begins to connect; writable means finished, for better or worse: ask {@link #pendingError}.
   *
   * @return 0 or the errno; EINPROGRESS is the usual one
   */
  public int connect(InetSocketAddress address) {
    if (!descriptor.enter()) {
      return Errno.EBADF;
    }
    try {
      return Sockets.connect(descriptor.fd(), family, address);
    } finally {
      descriptor.leave();
    }
  }

  /** errno of what went wrong meanwhile, 0 if nothing; reading clears it. */
  public int pendingError() {
    if (!descriptor.enter()) {
      return Errno.EBADF;
    }
    try {
      return Sockets.pendingError(descriptor.fd());
    } finally {
      descriptor.leave();
    }
  }

  /**
   * Reads what is there, at most {@code length} and 4096 bytes.
   *
   * @return bytes read; 0 at the end of the stream; otherwise the negated errno, -EAGAIN when there
   *     is nothing yet
   */
  public int read(byte[] into, int offset, int length) {
    if (!descriptor.enter()) {
      return -Errno.EBADF;
    }
    Scratch scratch = Scratch.acquire();
    try {
      long address = scratch.memory.address();
      int want = Math.min(length, Scratch.BYTES);
      long got = scratch.syscall(SystemCall.RECVFROM, descriptor.fd(), address, want, 0, 0, 0);
      if (got > 0) {
        MemorySegment.copy(scratch.memory, Libc.BYTE, 0, into, offset, (int) got);
      }
      return (int) got;
    } finally {
      scratch.release();
      descriptor.leave();
    }
  }

  /**
   * Writes what there is room for, at most {@code length} and 4096 bytes.
   *
   * @return bytes written, or the negated errno, -EAGAIN when there is no room yet
   */
  public int write(byte[] from, int offset, int length) {
    if (!descriptor.enter()) {
      return -Errno.EBADF;
    }
    Scratch scratch = Scratch.acquire();
    try {
      int some = Math.min(length, Scratch.BYTES);
      MemorySegment.copy(from, offset, scratch.memory, Libc.BYTE, 0, some);
      long address = scratch.memory.address();
      return (int)
          scratch.syscall(SystemCall.SENDTO, descriptor.fd(), address, some, MSG_NOSIGNAL, 0, 0);
    } finally {
      scratch.release();
      descriptor.leave();
    }
  }

  Descriptor descriptor() {
    return descriptor;
  }

  @Override
  public void close() {
    descriptor.close(() -> Sockets.wakeReaders(descriptor.fd(), Sockets.SHUT_RDWR));
  }
}
