package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Native memory for one short system call of any thread. Virtual threads are too many to have some
 * each, so all share a few, each behind a lock; as no call made with one blocks, a lock is held for
 * about a microsecond.
 */
final class Scratch {

  /** Bytes of {@link #memory}: the longest stretch of a TCP stream read or written in one call. */
  static final int BYTES = 4096;

  /** The longest UDP payload sent outside a caller's own batch. */
  static final int DATAGRAM = 4096;

  private static final Scratch[] STRIPES = stripes();

  final MemorySegment memory = Arena.ofAuto().allocate(BYTES, 8);
  final MemorySegment captured = Libc.newCaptured();
  final DatagramBatch ipv4 = new DatagramBatch(IpFamily.IPV4, 1, DATAGRAM);
  final DatagramBatch ipv6 = new DatagramBatch(IpFamily.IPV6, 1, DATAGRAM);
  private final ReentrantLock lock = new ReentrantLock();

  private Scratch() {}

  private static Scratch[] stripes() {
    Scratch[] stripes =
        new Scratch[Integer.highestOneBit(4 * Runtime.getRuntime().availableProcessors())];
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = new Scratch();
    }
    return stripes;
  }

  /** A stripe for the calling thread alone until it calls {@link #release}. */
  static Scratch acquire() {
    int home = (int) Thread.currentThread().threadId();
    for (int i = 0; i < STRIPES.length; i++) {
      Scratch stripe = STRIPES[home + i & STRIPES.length - 1];
      if (stripe.lock.tryLock()) {
        return stripe;
      }
    }
    Scratch stripe = STRIPES[home & STRIPES.length - 1];
    stripe.lock.lock();
    return stripe;
  }

  void release() {
    lock.unlock();
  }

  long syscall(long number, long a, long b, long c, long d, long e, long f) {
    return Libc.syscall(captured, number, a, b, c, d, e, f);
  }
}
