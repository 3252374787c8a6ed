package dev.gander.route;

import java.lang.ref.Reference;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;

/** Prints what the matchers take: processor time to build, cold and warm, and heap that stays. */
public final class RoutingFootprint {

  private RoutingFootprint() {}

  /** Takes no arguments. */
  public static void main(String[] args) {
    Workload workload = new Workload();
    for (int run = 1; run <= 3; run++) {
      measure("names, run " + run, Workload.DOMAINS, () -> workload.domainMatcher(false));
    }
    measure("names and keywords", Workload.DOMAINS, () -> workload.domainMatcher(true));
    measure("prefixes", Workload.PREFIXES, workload::ipMatcher);
  }

  private static void measure(String what, int elements, Supplier<Object> build) {
    long before = usedHeap();
    long start = processorNanos();
    Object built = build.get();
    long millis = (processorNanos() - start) / 1_000_000;
    try {
      double bytes = (double) (usedHeap() - before) / elements;
      System.out.printf("%-20s %d ms of CPU to build, %.1f bytes each%n", what, millis, bytes);
    } finally {
      Reference.reachabilityFence(built);
    }
  }

  /** Of this thread: a busy machine does not change it much. */
  private static long processorNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
