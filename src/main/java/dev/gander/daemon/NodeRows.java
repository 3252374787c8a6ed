package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.group.Groups;
import dev.gander.group.NodeGroup;
import dev.gander.group.NodeStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** How nodes do, as rows for the control socket. */
final class NodeRows {

  private NodeRows() {}

  /**
   * A row for each node and use.
   *
   * @param wanted a group's name; empty for all groups
   * @param patience for checks before; zero: there are none
   * @throws IllegalArgumentException if there is no such group
   */
  static List<Map<String, Object>> probed(
      Groups groups, String wanted, Duration patience, Clock clock) {
    List<NodeGroup> all = groups.all();
    List<NodeGroup> chosen =
        wanted.isEmpty() ? all : all.stream().filter(it -> it.name().equals(wanted)).toList();
    if (chosen.isEmpty()) {
      String known = String.join(", ", all.stream().map(NodeGroup::name).toList());
      throw new IllegalArgumentException("no group is called " + wanted + "; there are: " + known);
    }
    if (patience.isPositive()) {
      try {
        groups.probe(chosen, clock.nanoTime() + patience.toNanos());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    chosen.forEach(group -> group.status().forEach(it -> rows.add(row(it))));
    return rows;
  }

  private static Map<String, Object> row(NodeStatus node) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("group", node.group());
    row.put("node", node.node());
    row.put("tag", node.tag());
    row.put("use", node.use());
    row.put("state", node.state());
    row.put("chosen", node.chosen());
    putLatencies(row, node);
    row.put("why", node.why());
    return row;
  }

  private static void putLatencies(Map<String, Object> row, NodeStatus node) {
    row.put("last_us", micros(node.lastNanos()));
    row.put("avg10_us", micros(node.avg10Nanos()));
    row.put("moving_avg_us", micros(node.movingAvgNanos()));
    row.put("history_us", node.history().stream().map(NodeRows::micros).toList());
  }

  private static long micros(long nanos) {
    return nanos == 0 ? 0 : Math.max(1, TimeUnit.NANOSECONDS.toMicros(nanos));
  }

  /** A row for each group and use of which something is known: how many live, and the best. */
  static List<Map<String, Object>> ofGroups(Groups groups) {
    Map<String, Map<String, Object>> rows = new LinkedHashMap<>();
    for (NodeGroup group : groups.all()) {
      for (NodeStatus node : group.status()) {
        Map<String, Object> row =
            rows.computeIfAbsent(node.group() + " " + node.use(), _ -> emptyRow(node));
        row.merge("nodes", 1L, NodeRows::sum);
        row.merge("alive", node.state().equals("ok") ? 1L : 0L, NodeRows::sum);
        if (node.chosen()) {
          row.put("node", node.node());
          row.put("state", node.state());
          putLatencies(row, node);
        }
      }
    }
    return List.copyOf(rows.values());
  }

  private static Map<String, Object> emptyRow(NodeStatus node) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("group", node.group());
    row.put("use", node.use());
    row.put("nodes", 0L);
    row.put("alive", 0L);
    return row;
  }

  private static Object sum(Object one, Object other) {
    return ((Number) one).longValue() + ((Number) other).longValue();
  }
}
