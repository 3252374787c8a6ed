package dev.gander.clock;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;

/** {@link Clock} over the JDK's clocks. */
final class SystemClock implements Clock {

  static final SystemClock INSTANCE = new SystemClock();

  /**
   * Waits shorter than this are the JDK's own: exact, and dearer. Nearly all waits are for answers
   * that come long before their deadline.
   */
  private static final long EXACT_NANOS = 4 * Alarms.TICK_NANOS;

  /** Whoever only reads the time needs no thread for alarms. */
  private static final class Wheel {
    static final Alarms ALARMS = new Alarms().start();
  }

  private SystemClock() {}

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long epochMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    Thread.sleep(duration);
  }

  @Override
  public boolean await(CompletableFuture<?> done, long deadlineNanos) throws InterruptedException {
    long left = deadlineNanos - nanoTime();
    return left < EXACT_NANOS ? awaitExactly(done, left) : new Sleeper(done, deadlineNanos).sleep();
  }

  private static boolean awaitExactly(CompletableFuture<?> done, long nanos)
      throws InterruptedException {
    try {
      done.get(nanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return done.isDone();
    } catch (ExecutionException | CancellationException e) {
      // How it ended is for whoever reads the future.
      return true;
    }
  }

  @Override
  public Alarm alarm(long deadlineNanos, Runnable action) {
    return Wheel.ALARMS.at(deadlineNanos, () -> Thread.startVirtualThread(action));
  }

  /** A thread that waits, woken by the future or by an alarm, whichever comes first. */
  private static final class Sleeper implements BiConsumer<Object, Throwable>, Runnable {

    private final CompletableFuture<?> done;
    private final long deadlineNanos;
    private final Thread thread = Thread.currentThread();
    private volatile boolean awake;

    Sleeper(CompletableFuture<?> done, long deadlineNanos) {
      this.done = done;
      this.deadlineNanos = deadlineNanos;
    }

    boolean sleep() throws InterruptedException {
      Alarm alarm = Wheel.ALARMS.at(deadlineNanos, this);
      try {
        CompletableFuture<?> _ = done.whenComplete(this);
        while (!done.isDone() && System.nanoTime() - deadlineNanos < 0) {
          LockSupport.park(this);
          if (Thread.interrupted()) {
            throw new InterruptedException();
          }
        }
        return done.isDone();
      } finally {
        awake = true;
        alarm.cancel();
      }
    }

    @Override
    public void accept(Object value, Throwable error) {
      run();
    }

    @Override
    public void run() {
      if (!awake) {
        LockSupport.unpark(thread);
      }
    }
  }
}
