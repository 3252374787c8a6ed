package dev.gander.observe;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** One number per {@link Counter}, only ever growing. Any thread; adding allocates nothing. */
public final class Counters {

  private final Map<Counter, LongAdder> adders = new EnumMap<>(Counter.class);

  /** All zero. */
  public Counters() {
    for (Counter counter : Counter.values()) {
      adders.put(counter, new LongAdder());
    }
  }

  public void add(Counter counter) {
    adder(counter).increment();
  }

  public void add(Counter counter, long count) {
    adder(counter).add(count);
  }

  public long get(Counter counter) {
    return adder(counter).sum();
  }

  /** All counters now, in the order of their declaration; not one moment when others add. */
  public Map<Counter, Long> snapshot() {
    Map<Counter, Long> counts = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      counts.put(counter, get(counter));
    }
    return counts;
  }

  private LongAdder adder(Counter counter) {
    return Objects.requireNonNull(adders.get(counter));
  }
}
