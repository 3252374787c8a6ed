package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A lock that is an abstract unix socket address (unix(7)): one holder per network namespace, and
 * gone with the process, however it dies.
 */
public final class AbstractLock implements AutoCloseable {

  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int TRIES = 3;

  private final int fd;

  private AbstractLock(int fd) {
    this.fd = fd;
  }

  /** Another process holds the lock. */
  public static final class HeldException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int pid;

    private HeldException(String name, int pid) {
      super("@" + name + " is held by " + (pid > 0 ? "process " + pid : "another process"));
      this.pid = pid;
    }

    /** The holder, or 0 where it cannot be seen from here. */
    public int pid() {
      return pid;
    }
  }

  /** Takes {@code name} in the network namespace of the calling thread. */
  public static AbstractLock acquire(String name) throws HeldException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = address(arena, name);
      int holder = 0;
      for (int i = 0; i < TRIES; i++) {
        int fd = socket();
        long bound =
            Libc.syscall(SystemCall.BIND, fd, address.address(), address.byteSize(), 0, 0, 0);
        if (bound == 0) {
          // Listening is what lets the next comer ask who we are.
          Libc.checked("locking @" + name, Libc.syscall(SystemCall.LISTEN, fd, 8, 0, 0, 0, 0));
          return new AbstractLock(fd);
        }
        FileDescriptor.close(fd);
        if (bound != -Errno.EADDRINUSE) {
          Libc.checked("locking @" + name, bound);
        }
        long asked = holder(arena, address);
        if (asked != -Errno.ECONNREFUSED) {
          holder = (int) Math.max(0, asked);
          break;
        }
        // Refused: it died since, or has not listened yet. Look again.
      }
      throw new HeldException(name, holder);
    }
  }

  /** The pid that listens at {@code address}, or the negated errno. */
  private static long holder(Arena arena, MemorySegment address) {
    int fd = socket();
    try {
      long connected =
          Libc.syscall(SystemCall.CONNECT, fd, address.address(), address.byteSize(), 0, 0, 0);
      if (connected < 0) {
        return connected;
      }
      MemorySegment credentials = arena.allocate(12, 4); // struct ucred: pid, uid, gid
      MemorySegment length = arena.allocate(4, 4);
      length.set(Libc.INT, 0, 12);
      long result =
          Libc.syscall(
              SystemCall.GETSOCKOPT,
              fd,
              SOL_SOCKET,
              SO_PEERCRED,
              credentials.address(),
              length.address(),
              0);
      return result < 0 ? result : credentials.get(Libc.INT, 0);
    } finally {
      FileDescriptor.close(fd);
    }
  }

  private static int socket() {
    return (int)
        Libc.checked(
            "opening a unix socket",
            Libc.syscall(SystemCall.SOCKET, AF_UNIX, SOCK_STREAM_CLOEXEC, 0, 0, 0, 0));
  }

  /** struct sockaddr_un with a leading zero in the path; its length ends the name. */
  private static MemorySegment address(Arena arena, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    MemorySegment address = arena.allocate(3 + bytes.length, 2);
    address.set(Libc.SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(bytes, 0, address, Libc.BYTE, 3, bytes.length);
    return address;
  }

  /** Lets go. */
  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
