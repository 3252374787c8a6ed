package dev.gander.clock;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A clock that stands still until a test moves it. Threads that wait by it are counted, so that a
 * test can first see them wait and then let time pass; no test sleeps. Whoever moves it finds done
 * what the alarms of that time do.
 */
public final class FakeClock implements Clock {

  /** Real time after which a test that waits for threads has failed. */
  private static final long PATIENCE_SECONDS = 60;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long nanos = 1_000_000_000_000L;
  private final Map<Thread, Wait> waits = new HashMap<>();
  private final Set<Thread> workers = new HashSet<>();

  private final Map<Alarm, Ring> alarms = new LinkedHashMap<>();

  private record Wait(CompletableFuture<?> done, long deadlineNanos) {}

  private record Ring(long deadlineNanos, Runnable action) {}

  @Override
  public long nanoTime() {
    lock.lock();
    try {
      return nanos;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long epochMillis() {
    return 1_700_000_000_000L + TimeUnit.NANOSECONDS.toMillis(nanoTime());
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    boolean _ = await(new CompletableFuture<>(), nanoTime() + duration.toNanos());
  }

  @Override
  public boolean await(CompletableFuture<?> done, long deadlineNanos) throws InterruptedException {
    CompletableFuture<?> wake = done.whenComplete((value, error) -> signal());
    lock.lock();
    try {
      waits.put(Thread.currentThread(), new Wait(done, deadlineNanos));
      changed.signalAll();
      while (!done.isDone() && nanos - deadlineNanos < 0) {
        changed.await();
      }
      return done.isDone();
    } finally {
      waits.remove(Thread.currentThread());
      changed.signalAll();
      lock.unlock();
      wake.cancel(false);
    }
  }

  @Override
  public Alarm alarm(long deadlineNanos, Runnable action) {
    Alarm alarm =
        new Alarm() {
          @Override
          public void cancel() {
            forget(this);
          }
        };
    lock.lock();
    try {
      if (deadlineNanos - nanos <= 0) {
        Thread _ = startWorker(action);
      } else {
        alarms.put(alarm, new Ring(deadlineNanos, action));
      }
    } finally {
      lock.unlock();
    }
    return alarm;
  }

  private void forget(Alarm alarm) {
    lock.lock();
    try {
      alarms.remove(alarm);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets time pass. Alarms ring on workers; returns when each of them has ended, or waits for what
   * has not happened yet. What they hand on to event loops comes there before what is handed on
   * from here on.
   *
   * @throws AssertionError if that takes 60 s of real time: an alarm's action blocks
   */
  public void advance(Duration duration) {
    List<Thread> ringing;
    lock.lock();
    try {
      nanos += duration.toNanos();
      ringing = alarms.isEmpty() ? List.of() : ring();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      settle(ringing);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Thread> ring() {
    List<Ring> due =
        alarms.values().stream().filter(it -> it.deadlineNanos() - nanos <= 0).toList();
    alarms.values().removeAll(due);
    return due.stream().map(it -> startWorker(it.action())).toList();
  }

  /**
   * Blocks until {@code count} threads wait by this clock for what has not happened yet.
   *
   * @throws AssertionError if they do not within 60 s of real time
   */
  public void awaitWaiting(int count) throws InterruptedException {
    long left = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    lock.lock();
    try {
      while (waiting() != count) {
        left = changed.awaitNanos(left);
        if (left <= 0) {
          throw new AssertionError(waiting() + " threads wait, not " + count);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private long waiting() {
    return waits.keySet().stream().filter(this::waits).count();
  }

  /** Starts a virtual thread that {@link #settle} waits for. */
  public Thread startWorker(Runnable work) {
    Thread worker =
        Thread.ofVirtual()
            .unstarted(() -> {
              try {
                work.run();
              } finally {
                ended();
              }
            });
    lock.lock();
    try {
      workers.add(worker);
    } finally {
      lock.unlock();
    }
    worker.start();
    return worker;
  }

  private void ended() {
    lock.lock();
    try {
      workers.remove(Thread.currentThread());
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Blocks until every worker has ended or waits for what has not happened yet: until nothing more
   * will happen before time moves or a message comes.
   *
   * @throws AssertionError if that takes 60 s of real time: a worker blocks on something else
   */
  public void settle() throws InterruptedException {
    settle(workers);
  }

  /** The same for some of the workers; who calls is not waited for. */
  private void settle(Collection<Thread> some) throws InterruptedException {
    long left = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    lock.lock();
    try {
      for (Thread busy = busy(some); busy != null; busy = busy(some)) {
        left = changed.awaitNanos(left);
        if (left <= 0) {
          throw new AssertionError(
              "a thread neither ends nor waits by the clock: " + List.of(busy.getStackTrace()));
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Thread busy(Collection<Thread> some) {
    for (Thread worker : some) {
      if (workers.contains(worker) && !waits(worker) && !worker.equals(Thread.currentThread())) {
        return worker;
      }
    }
    return null;
  }

  /** Whether it goes on waiting by itself: who is interrupted is about to end that. */
  private boolean waits(Thread thread) {
    Wait wait = waits.get(thread);
    return wait != null
        && !wait.done().isDone()
        && nanos - wait.deadlineNanos() < 0
        && !thread.isInterrupted();
  }

  /** The next moment for which a thread waits or an alarm is set; empty if there is none. */
  public OptionalLong nextDeadline() {
    lock.lock();
    try {
      return LongStream.concat(
              waits.values().stream().mapToLong(Wait::deadlineNanos),
              alarms.values().stream().mapToLong(Ring::deadlineNanos))
          .min();
    } finally {
      lock.unlock();
    }
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
