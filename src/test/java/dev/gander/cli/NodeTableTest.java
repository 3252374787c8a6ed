package dev.gander.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeTableTest {

  @Test
  void nodesStandInATableForEachGroupAndUse() {
    StringWriter text = new StringWriter();
    NodeTable.print(
        List.of(
            row(
                "proxy",
                "🇭🇰 香港 1",
                "dns udp4",
                "ok",
                true,
                38_400,
                List.of(20_000L, 0L, 38_400L),
                ""),
            row("proxy", "🇭🇰 香港 1", "tcp4", "ok", true, 5_250, List.of(5_250L), ""),
            row("proxy", "b", "dns udp4", "dead", false, 0, List.of(0L), "dead for 12 s: refused")),
        new PrintWriter(text, true));

    assertThat(text.toString().lines())
        .containsExactly(
            "proxy · dns udp4",
            "  node       state        last     avg10    moving  last checks",
            "* 🇭🇰 香港 1  ok         38 ms    38 ms    38 ms  ▄×█",
            "  b          dead           –        –        –  ×  dead for 12 s: refused",
            "",
            "proxy · tcp4",
            "  node       state        last     avg10    moving  last checks",
            "* 🇭🇰 香港 1  ok        5.3 ms   5.3 ms   5.3 ms  █");
  }

  @Test
  void barsGrowWithTheSlowestOfTheChecks() {
    assertThat(NodeTable.sparkline(List.of())).isEmpty();
    assertThat(NodeTable.sparkline(List.of(1L, 100L, 50L, 0L, 75L))).isEqualTo("▁█▄×▆");
  }

  @Test
  void aLongNameIsCut() {
    StringWriter text = new StringWriter();
    NodeTable.print(
        List.of(row("g", "東".repeat(60), "tcp4", "ok", false, 1, List.of(), "")),
        new PrintWriter(text, true));

    assertThat(text.toString()).contains("東".repeat(19) + "…").doesNotContain("東".repeat(20));
  }

  private static Map<String, Object> row(
      String group,
      String node,
      String use,
      String state,
      boolean chosen,
      long micros,
      List<Long> history,
      String why) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("group", group);
    row.put("node", node);
    row.put("use", use);
    row.put("state", state);
    row.put("chosen", chosen);
    row.put("last_us", micros);
    row.put("avg10_us", micros);
    row.put("moving_avg_us", micros);
    row.put("history_us", history);
    row.put("why", why);
    return row;
  }
}
