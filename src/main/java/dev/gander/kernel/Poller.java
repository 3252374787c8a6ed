package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.concurrent.TimeUnit;

/**
 * epoll(7): one thread waits for many sockets. {@link #await} and what it tells belong to that
 * thread; any thread may add sockets, {@link #wake} it and close it. A socket leaves by being
 * closed.
 */
public final class Poller implements AutoCloseable {

  private static final int CAPACITY = 256;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_MOD = 3;
  private static final int EPOLLIN = 0x1;
  private static final int EPOLLOUT = 0x4;
  private static final int EPOLLERR = 0x8;
  private static final int EPOLLHUP = 0x10;
  private static final int EPOLLONESHOT = 1 << 30;
  private static final int CLOEXEC = 0x8_0000;
  private static final int NONBLOCK_CLOEXEC = 0x8_0800;
  private static final long WAKE_KEY = -1;

  private final MemorySegment events =
      Arena.ofAuto().allocate((CAPACITY + 1L) * SystemCall.EPOLL_EVENT_SIZE, 8);
  private final MemorySegment captured = Libc.newCaptured();
  private final Descriptor epoll;
  private final Descriptor bell;

  private Poller(int epoll, int bell) {
    // A closed bell rings no more: it must outlive the wait it is to end.
    this.bell = new Descriptor(bell);
    this.epoll = new Descriptor(epoll, () -> this.bell.close(() -> {}));
  }

  /** A poller without sockets. */
  public static Poller open() {
    int epoll =
        (int)
            Libc.checked(
                "epoll_create", Libc.syscall(SystemCall.EPOLL_CREATE1, CLOEXEC, 0, 0, 0, 0, 0));
    int bell =
        (int)
            Libc.checked(
                "eventfd", Libc.syscall(SystemCall.EVENTFD2, 0, NONBLOCK_CLOEXEC, 0, 0, 0, 0));
    Poller poller = new Poller(epoll, bell);
    poller.control(EPOLL_CTL_ADD, poller.bell, EPOLLIN, WAKE_KEY);
    return poller;
  }

  /** From now on tells, under {@code key} (not negative), whenever the socket can be read. */
  public void add(UdpSocket socket, long key) {
    control(EPOLL_CTL_ADD, socket.descriptor(), EPOLLIN, key);
  }

  /** Makes the socket known under {@code key} (not negative); tells nothing until {@link #once}. */
  public void add(TcpSocket socket, long key) {
    control(EPOLL_CTL_ADD, socket.descriptor(), EPOLLONESHOT, key);
  }

  /**
   * Tells once when the socket, added before, can be read or written as asked, or has failed; what
   * was asked before no longer counts.
   */
  public void once(TcpSocket socket, long key, boolean toRead, boolean toWrite) {
    int interest = EPOLLONESHOT | (toRead ? EPOLLIN : 0) | (toWrite ? EPOLLOUT : 0);
    control(EPOLL_CTL_MOD, socket.descriptor(), interest, key);
  }

  private void control(int operation, Descriptor socket, int interest, long key) {
    Scratch scratch = Scratch.acquire();
    boolean there = socket.enter();
    try {
      scratch.memory.set(Libc.INT, 0, interest);
      scratch.memory.set(Libc.LONG, SystemCall.EPOLL_EVENT_DATA, key);
      long result =
          there && epoll.enter() ? controlEntered(scratch, operation, socket) : -Errno.EBADF;
      Libc.checked("watch a socket", result);
    } finally {
      if (there) {
        socket.leave();
      }
      scratch.release();
    }
  }

  private long controlEntered(Scratch scratch, int operation, Descriptor socket) {
    try {
      return scratch.syscall(
          SystemCall.EPOLL_CTL, epoll.fd(), operation, socket.fd(), scratch.memory.address(), 0, 0);
    } finally {
      epoll.leave();
    }
  }

  /**
   * Blocks the calling platform thread until a socket is ready, {@link #wake} is called or the time
   * is over.
   *
   * @param nanos how long; negative: for ever
   * @return how many sockets are ready: 0 to 256, or -1 once the poller is closed
   */
  public int await(long nanos) {
    if (!epoll.enter()) {
      return -1;
    }
    try {
      long millis =
          nanos < 0
              ? -1
              : Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(nanos + 999_999));
      long got =
          Libc.syscall(
              captured,
              SystemCall.EPOLL_PWAIT,
              epoll.fd(),
              events.address(),
              CAPACITY,
              millis,
              0,
              0);
      if (epoll.closing()) {
        return -1;
      }
      if (got == -Errno.EINTR) {
        return 0;
      }
      return silence((int) Libc.checked("epoll_wait", got));
    } finally {
      Reference.reachabilityFence(this);
      epoll.leave();
    }
  }

  /** Takes the bell out of the events, if it rang: the last event moves into its place. */
  private int silence(int got) {
    for (int i = 0; i < got; i++) {
      if (key(i) == WAKE_KEY) {
        Libc.syscall(captured, SystemCall.READ, bell.fd(), bellValue(), 8, 0, 0, 0);
        long size = SystemCall.EPOLL_EVENT_SIZE;
        MemorySegment.copy(events, (got - 1) * size, events, i * size, size);
        return got - 1;
      }
    }
    return got;
  }

  /** Where the bell's counter, of no interest, is read to: behind the events. */
  private long bellValue() {
    return events.address() + (long) CAPACITY * SystemCall.EPOLL_EVENT_SIZE;
  }

  /** The key of ready socket i. */
  public long key(int i) {
    return events.get(
        Libc.LONG, (long) i * SystemCall.EPOLL_EVENT_SIZE + SystemCall.EPOLL_EVENT_DATA);
  }

  /** Whether ready socket i has an error to tell or has been hung up on. */
  public boolean failed(int i) {
    int what = events.get(Libc.INT, (long) i * SystemCall.EPOLL_EVENT_SIZE);
    return (what & (EPOLLERR | EPOLLHUP)) != 0;
  }

  /** Makes the waiting thread, or the next that waits, return. */
  public void wake() {
    if (bell.enter()) {
      Scratch scratch = Scratch.acquire();
      try {
        scratch.memory.set(Libc.LONG, 0, 1);
        scratch.syscall(SystemCall.WRITE, bell.fd(), scratch.memory.address(), 8, 0, 0, 0);
      } finally {
        scratch.release();
        bell.leave();
      }
    }
  }

  /** Closes it, not its sockets; the waiting thread returns with -1. */
  @Override
  public void close() {
    epoll.close(this::wake);
  }
}
