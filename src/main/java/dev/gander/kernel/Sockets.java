package dev.gander.kernel;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** What UDP and TCP sockets share: opening, options, addresses. Any thread, virtual ones too. */
final class Sockets {

  static final int DATAGRAM = 2;
  static final int STREAM = 1;
  static final int SHUT_RD = 0;
  static final int SHUT_RDWR = 2;

  static final int SOL_SOCKET = ControlMessages.SOL_SOCKET;

  private static final int SO_ERROR = 4;
  private static final int SO_BINDTODEVICE = 25;
  private static final int SO_NETNS_COOKIE = 71;
  private static final int SO_MARK = ControlMessages.SO_MARK;
  private static final int NONBLOCK_CLOEXEC = 0x8_0800;
  private static final int CLOEXEC = 0x8_0000;

  private Sockets() {}

  /** A descriptor in the network namespace of the calling thread, closed on exec. */
  static int open(IpFamily family, int type, boolean nonBlocking) {
    return (int)
        Libc.checked("open an " + family + " socket", tryOpen(family, type, nonBlocking, 0));
  }

  /**
   * As {@link #open}, for one protocol of those the type has.
   *
   * @return a descriptor, or the negated errno
   */
  static long tryOpen(IpFamily family, int type, boolean nonBlocking, int protocol) {
    Scratch scratch = Scratch.acquire();
    try {
      int flags = type | (nonBlocking ? NONBLOCK_CLOEXEC : CLOEXEC);
      return scratch.syscall(SystemCall.SOCKET, family.number, flags, protocol, 0, 0, 0);
    } finally {
      scratch.release();
    }
  }

  /** setsockopt(2) with an int: 0 or the errno. */
  static int set(int fd, int level, int option, int value) {
    Scratch scratch = Scratch.acquire();
    try {
      scratch.memory.set(Libc.INT, 0, value);
      return (int)
          -scratch.syscall(
              SystemCall.SETSOCKOPT, fd, level, option, scratch.memory.address(), 4, 0);
    } finally {
      scratch.release();
    }
  }

  /** The int at index {@code at} of what getsockopt(2) tells. */
  static int get(int fd, int level, int option, int at) {
    Scratch scratch = Scratch.acquire();
    try {
      long length = scratch.memory.address() + 64;
      scratch.memory.set(Libc.INT, 64, 64);
      scratch.memory.set(Libc.INT, at * 4L, 0);
      Libc.checked(
          "getsockopt " + level + "/" + option,
          scratch.syscall(
              SystemCall.GETSOCKOPT, fd, level, option, scratch.memory.address(), length, 0));
      return scratch.memory.get(Libc.INT, at * 4L);
    } finally {
      scratch.release();
    }
  }

  /** Which network namespace a socket is in; 0 where the kernel is older than 5.14. */
  static long namespace(int fd) {
    Scratch scratch = Scratch.acquire();
    try {
      long length = scratch.memory.address() + 64;
      scratch.memory.set(Libc.INT, 64, 8); // exactly
      long failed =
          scratch.syscall(
              SystemCall.GETSOCKOPT,
              fd,
              SOL_SOCKET,
              SO_NETNS_COOKIE,
              scratch.memory.address(),
              length,
              0);
      return failed == 0 ? scratch.memory.get(Libc.LONG, 0) : 0;
    } finally {
      scratch.release();
    }
  }

  /**
   * SO_BINDTODEVICE: nothing goes by another interface.
   *
   * @throws KernelException ENODEV if there is none of this name
   */
  static void bindToDevice(int fd, String device) {
    Scratch scratch = Scratch.acquire();
    try {
      scratch.memory.setString(0, device);
      long address = scratch.memory.address();
      Libc.checked(
          "bind to interface " + device,
          scratch.syscall(
              SystemCall.SETSOCKOPT,
              fd,
              SOL_SOCKET,
              SO_BINDTODEVICE,
              address,
              device.getBytes(StandardCharsets.UTF_8).length + 1L,
              0));
    } finally {
      scratch.release();
    }
  }

  /** The error that an asynchronous connect or send left behind, 0 if none; reading clears it. */
  static int pendingError(int fd) {
    return get(fd, SOL_SOCKET, SO_ERROR, 0);
  }

  /** SO_MARK: whether it was set; without CAP_NET_ADMIN it is not. */
  static boolean mark(int fd, int mark) {
    int errno = set(fd, SOL_SOCKET, SO_MARK, mark);
    if (errno != 0 && errno != Errno.EPERM) {
      Libc.checked("set the firewall mark of a socket", -errno);
    }
    return errno == 0;
  }

  static void bind(int fd, IpFamily family, InetSocketAddress address, String what) {
    Scratch scratch = Scratch.acquire();
    try {
      int length = NativeAddress.write(scratch.memory, 0, family, address);
      Libc.checked(
          what, scratch.syscall(SystemCall.BIND, fd, scratch.memory.address(), length, 0, 0, 0));
    } finally {
      scratch.release();
    }
  }

  /** connect(2): 0 or the errno, EINPROGRESS among them. */
  static int connect(int fd, IpFamily family, InetSocketAddress address) {
    Scratch scratch = Scratch.acquire();
    try {
      int length = NativeAddress.write(scratch.memory, 0, family, address);
      return (int)
          -scratch.syscall(SystemCall.CONNECT, fd, scratch.memory.address(), length, 0, 0, 0);
    } finally {
      scratch.release();
    }
  }

  static InetSocketAddress localAddress(int fd) {
    Scratch scratch = Scratch.acquire();
    try {
      scratch.memory.set(Libc.INT, 64, NativeAddress.SIZE);
      Libc.checked(
          "getsockname",
          scratch.syscall(
              SystemCall.GETSOCKNAME,
              fd,
              scratch.memory.address(),
              scratch.memory.address() + 64,
              0,
              0,
              0));
      return NativeAddress.read(scratch.memory, 0);
    } finally {
      scratch.release();
    }
  }

  /**
   * Makes threads blocked on the socket return. An unconnected UDP socket answers ENOTCONN, but
   * wakes its readers all the same.
   */
  static void wakeReaders(int fd, int how) {
    Scratch scratch = Scratch.acquire();
    try {
      scratch.syscall(SystemCall.SHUTDOWN, fd, how, 0, 0, 0, 0);
    } finally {
      scratch.release();
    }
  }
}
