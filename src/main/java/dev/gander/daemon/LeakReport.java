package dev.gander.daemon;

import dev.gander.config.Endpoint;
import dev.gander.intercept.Leak;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** What {@code gander leaks} tells; docs/OPERATING.md lists the fields. */
final class LeakReport {

  private static final int TCP = 6;
  private static final int UDP = 17;

  private LeakReport() {}

  /**
   * @param interfaceNames by number; empty where there is none
   * @param nowNanos CLOCK_MONOTONIC
   */
  static Map<String, Object> of(
      List<Leak> leaks, IntFunction<String> interfaceNames, long nowNanos) {
    return Map.of(
        "leaks", leaks.stream().map(leak -> row(leak, interfaceNames, nowNanos)).toList());
  }

  private static Map<String, Object> row(
      Leak leak, IntFunction<String> interfaceNames, long nowNanos) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("source", Endpoint.text(leak.source()));
    if (leak.pid() != 0) {
      row.put("pid", (long) leak.pid());
      row.put("pname", leak.process());
      row.put("uid", Integer.toUnsignedLong(leak.uid()));
      row.put("cgroup", leak.cgroup());
    } else if (leak.mac() != 0) {
      row.put("mac", String.format("%012x", leak.mac()).replaceAll("(..)(?=.)", "$1:"));
    }
    row.put("asked", Endpoint.text(leak.asked()));
    row.put("port", (long) leak.port());
    row.put(
        "protocol",
        switch (leak.protocol()) {
          case TCP -> "tcp";
          case UDP -> "udp";
          default -> "hidden";
        });
    row.put("interface", interfaceNames.apply(leak.ifindex()));
    row.put("packets", leak.packets());
    row.put("blocked", leak.blocked());
    row.put("seconds_ago", Math.max(0, nowNanos - leak.lastSeenNanos()) / 1_000_000_000);
    return row;
  }
}
