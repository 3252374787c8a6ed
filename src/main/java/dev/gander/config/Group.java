package dev.gander.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code group { NAME { filter … policy … } }}. */
public record Group(
    String name, List<Filter> filters, Policy policy, HealthCheck check, Place place) {

  /**
   * One {@code filter:} line; a node belongs to the group if any line takes it.
   *
   * @param addedLatency counts the line's nodes as slower, or if negative as faster
   * @param weight how many flows each of them gets beside one of weight 1; for {@link
   *     Policy.Weighted} alone
   */
  public record Filter(List<Rule.Term> terms, Duration addedLatency, int weight, Place place) {}

  /** How the group picks a node. */
  public sealed interface Policy {
    record Random() implements Policy {}

    /** Always the node at {@code index}, from 0. */
    record Fixed(int index) implements Policy {}

    record Min() implements Policy {}

    record MinAvg10() implements Policy {}

    record MinMovingAvg() implements Policy {}

    /** The same node for the same client, or for the same domain, as long as it lives. */
    record Hash(By by) implements Policy {}

    /** By chance, in proportion to the weights of the filters. */
    record Weighted() implements Policy {}

    /** As {@link MinMovingAvg}; where that one is slow, the next best is asked beside it. */
    record Hedge() implements Policy {}

    /** What {@link Hash} keeps together. */
    enum By {
      CLIENT,
      DOMAIN
    }
  }

  /** What this group says differently from {@code global} about health checks. */
  public record HealthCheck(
      Optional<List<String>> tcpCheckUrl,
      Optional<String> tcpCheckHttpMethod,
      Optional<List<String>> udpCheckDns,
      Optional<Duration> checkInterval,
      Optional<Duration> checkTolerance) {}
}
