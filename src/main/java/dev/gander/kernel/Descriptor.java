package dev.gander.kernel;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor that is closed only once its last user has left, so that no thread ever makes a
 * system call on a number the kernel has meanwhile given to another file.
 */
final class Descriptor {

  private static final int CLOSING = 1 << 29;
  private static final int CLOSED = 1 << 30;

  private final int fd;
  private final Runnable afterwards;
  private final AtomicInteger users = new AtomicInteger();

  Descriptor(int fd) {
    this(fd, () -> {});
  }

  /**
   * @param afterwards run once the descriptor is closed, by whoever left last
   */
  Descriptor(int fd, Runnable afterwards) {
    this.fd = fd;
    this.afterwards = afterwards;
  }

  /** The number; only between {@link #enter} and {@link #leave}, or where the caller owns both. */
  int fd() {
    return fd;
  }

  /** Announces a user; {@code false} once {@link #close} has begun, and then nothing to leave. */
  boolean enter() {
    if (users.incrementAndGet() < CLOSING) {
      return true;
    }
    leave();
    return false;
  }

  void leave() {
    if (users.decrementAndGet() == CLOSING && users.compareAndSet(CLOSING, CLOSED)) {
      Libc.syscall(SystemCall.CLOSE, fd, 0, 0, 0, 0, 0);
      afterwards.run();
    }
  }

  boolean closing() {
    return users.get() >= CLOSING;
  }

  /**
   * No new user from here on; {@code wake} makes those who block leave. Further calls do nothing.
   */
  void close(Runnable wake) {
    int before = users.getAndUpdate(count -> count >= CLOSING ? count : count + CLOSING + 1);
    if (before < CLOSING) {
      wake.run();
      leave();
    }
  }
}
