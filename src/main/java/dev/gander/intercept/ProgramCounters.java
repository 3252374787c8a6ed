package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the programs have counted, on all processors together. Any thread. */
final class ProgramCounters {

  private final BpfMap counters;

  /** Reads the map {@code counters}. */
  ProgramCounters(BpfMap counters) {
    this.counters = counters;
  }

  /** All of them by name, in a fixed order. */
  Map<String, Long> read() {
    Map<String, Long> values = new LinkedHashMap<>();
    Counter[] all = Counter.values();
    for (int i = 0; i < all.length; i++) {
      values.put(all[i].text(), value(i));
    }
    return values;
  }

  private long value(int counter) {
    byte[] perCpu = counters.lookup(Shared.u32(counter));
    long sum = 0;
    if (perCpu != null) {
      ByteBuffer values = ByteBuffer.wrap(perCpu).order(ByteOrder.nativeOrder());
      while (values.hasRemaining()) {
        sum += values.getLong();
      }
    }
    return sum;
  }
}
