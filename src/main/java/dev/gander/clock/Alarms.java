package dev.gander.clock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Many alarms of which few ever ring: a hashed wheel (Varghese and Lauck, 1987). Setting and
 * cancelling one costs a short lock; one thread sleeps until the next tick of {@link #TICK_NANOS}
 * for which one is set. An alarm rings up to two ticks late, never early. Any thread.
 */
final class Alarms {

  /** About four milliseconds. */
  static final long TICK_NANOS = 1L << 22;

  private static final int SLOTS = 1024;

  /** No alarm is set. */
  private static final long NEVER = Long.MAX_VALUE;

  private final long origin = System.nanoTime();
  private final Slot[] slots = new Slot[SLOTS];

  /** How many were ever set. */
  private final AtomicLong set = new AtomicLong();

  /** The tick until which the thread sleeps. */
  private volatile long wake;

  private final AtomicLong looks = new AtomicLong();

  private final Thread ticker;

  /** What is to ring within one tick of each turn; the head of a ring of alarms. */
  private static final class Slot {
    private final Alarm head = new Alarm(() -> {});

    /** The last tick for which this slot was emptied. */
    private long emptied = -1;

    Slot() {
      head.before = head;
      head.after = head;
    }
  }

  /** One alarm, linked into its slot until it rings or is cancelled. */
  private static final class Alarm {
    private final Runnable ring;
    private long tick;
    private @Nullable Slot slot;
    private Alarm before = this;
    private Alarm after = this;

    Alarm(Runnable ring) {
      this.ring = ring;
    }
  }

  Alarms() {
    for (int i = 0; i < SLOTS; i++) {
      slots[i] = new Slot();
    }
    ticker = Thread.ofPlatform().name("gander-alarms").daemon().unstarted(this::tick);
  }

  /** Starts the thread. Once. */
  Alarms start() {
    ticker.start();
    return this;
  }

  /**
   * Has {@code ring} run at {@code deadlineNanos} of {@link System#nanoTime}, on the thread of all
   * alarms: it must be short and must not block.
   */
  Clock.Alarm at(long deadlineNanos, Runnable ring) {
    Alarm alarm = new Alarm(ring);
    long tick = Math.max(1, Math.ceilDiv(deadlineNanos - origin, TICK_NANOS));
    while (!link(alarm, tick)) {
      tick++;
    }
    set.incrementAndGet();
    if (alarm.tick < wake) {
      LockSupport.unpark(ticker);
    }
    return () -> cancel(alarm);
  }

  private boolean link(Alarm alarm, long tick) {
    Slot slot = slots[(int) (tick & SLOTS - 1)];
    synchronized (slot) {
      if (slot.emptied >= tick) {
        return false;
      }
      alarm.tick = tick;
      alarm.slot = slot;
      alarm.after = slot.head;
      alarm.before = slot.head.before;
      alarm.before.after = alarm;
      slot.head.before = alarm;
      return true;
    }
  }

  private void cancel(Alarm alarm) {
    Slot slot = slots[(int) (alarm.tick & SLOTS - 1)];
    synchronized (slot) {
      if (alarm.slot != null) {
        unlink(alarm);
      }
    }
  }

  private void unlink(Alarm alarm) {
    alarm.before.after = alarm.after;
    alarm.after.before = alarm.before;
    alarm.slot = null;
  }

  private void tick() {
    long tick = 0;
    List<Alarm> due = new ArrayList<>();
    while (true) {
      long next = next(tick);
      if (next == NEVER) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, origin + next * TICK_NANOS - System.nanoTime());
      }
      looks.incrementAndGet();
      long now = (System.nanoTime() - origin) / TICK_NANOS;
      for (tick = Math.max(tick, now - SLOTS); tick < now; tick++) {
        empty(slots[(int) (tick + 1 & SLOTS - 1)], now, due);
      }
      due.forEach(alarm -> alarm.ring.run());
      due.clear();
    }
  }

  /**
   * The next tick whose slot has an alarm, of this turn or of a later one, or {@link #NEVER}. Who
   * sets one while this looks either is seen, or sees until when the thread sleeps and wakes it.
   */
  private long next(long tick) {
    while (true) {
      long before = set.get();
      long next = NEVER;
      for (long each = tick + 1; each <= tick + SLOTS && next == NEVER; each++) {
        next = isEmpty(slots[(int) (each & SLOTS - 1)]) ? NEVER : each;
      }
      wake = next;
      if (set.get() == before) {
        return next;
      }
    }
  }

  private static boolean isEmpty(Slot slot) {
    synchronized (slot) {
      return slot.head.after == slot.head;
    }
  }

  /** How often the thread has looked at the wheel. */
  long looks() {
    return looks.get();
  }

  private void empty(Slot slot, long now, List<Alarm> due) {
    synchronized (slot) {
      slot.emptied = now;
      for (Alarm each = slot.head.after; each != slot.head; each = each.after) {
        if (each.tick <= now) {
          unlink(each);
          due.add(each);
        }
      }
    }
  }
}
