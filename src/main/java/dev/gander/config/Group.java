package dev.gander.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code group { NAME { filter … policy … } }}. */
public record Group(
    String name, List<Filter> filters, Policy policy, HealthCheck check, Place place) {

  /** One {@code filter:} line; a node belongs to the group if any line takes it. */
  public record Filter(List<Rule.Term> terms, Duration addedLatency, Place place) {}

  /** How the group picks a node. */
  public sealed interface Policy {
    record Random() implements Policy {}

    /** Always the node at {@code index}, from 0. */
    record Fixed(int index) implements Policy {}

    record Min() implements Policy {}

    record MinAvg10() implements Policy {}

    record MinMovingAvg() implements Policy {}
  }

  /** What this group says differently from {@code global} about health checks. */
  public record HealthCheck(
      Optional<List<String>> tcpCheckUrl,
      Optional<String> tcpCheckHttpMethod,
      Optional<List<String>> udpCheckDns,
      Optional<Duration> checkInterval,
      Optional<Duration> checkTolerance) {}
}
