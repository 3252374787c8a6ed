package dev.gander.kernel;

import java.util.Set;

/**
 * Numbers of the system calls the room makes, for {@link Libc#syscall}. Two tables, because x86-64
 * has its own and every younger architecture shares asm-generic/unistd.h.
 */
final class SystemCall {

  private static final boolean X86_64 =
      Set.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

  static final int BPF = number(321, 280);
  static final int CLOSE = number(3, 57);
  static final int OPENAT = number(257, 56);
  static final int MMAP = number(9, 222);
  static final int MUNMAP = number(11, 215);
  static final int UNSHARE = number(272, 97);
  static final int OPEN_BY_HANDLE_AT = number(304, 265);
  static final int SETNS = number(308, 268);
  static final int DUP3 = number(292, 24);
  static final int MOUNT = number(165, 40);
  static final int READ = number(0, 63);
  static final int WRITE = number(1, 64);
  static final int SOCKET = number(41, 198);
  static final int CONNECT = number(42, 203);
  static final int SENDTO = number(44, 206);
  static final int RECVFROM = number(45, 207);
  static final int SHUTDOWN = number(48, 210);
  static final int BIND = number(49, 200);
  static final int LISTEN = number(50, 201);
  static final int GETSOCKNAME = number(51, 204);
  static final int SETSOCKOPT = number(54, 208);
  static final int GETSOCKOPT = number(55, 209);
  static final int EPOLL_CTL = number(233, 21);
  static final int EPOLL_PWAIT = number(281, 22);
  static final int EVENTFD2 = number(290, 19);
  static final int EPOLL_CREATE1 = number(291, 20);
  static final int RECVMMSG = number(299, 243);
  static final int SENDMMSG = number(307, 269);

  /** struct epoll_event is packed on x86-64 only: where its 64 bits of data lie, and its size. */
  static final int EPOLL_EVENT_DATA = number(4, 8);

  static final int EPOLL_EVENT_SIZE = number(12, 16);

  private SystemCall() {}

  static int number(int x86, int generic) {
    return X86_64 ? x86 : generic;
  }
}
