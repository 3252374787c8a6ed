package dev.gander.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusTextTest {

  @Test
  void rowsSectionsAndListsOfObjectsAreWords() {
    Map<String, Object> upstream = new LinkedHashMap<>();
    upstream.put("name", "quad9");
    upstream.put("round_trip_ms", 12L);
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("uptime_seconds", 3_661L);
    status.put("upstreams", List.of(upstream, "other"));
    Map<String, Object> queries = new LinkedHashMap<>();
    queries.put("answered", 12_345L);
    queries.put("refused", 0L);
    status.put("queries", queries);

    StringWriter text = new StringWriter();
    new StatusText(new PrintWriter(text, true), false).print(status);

    assertThat(text.toString().lines().map(it -> it.replaceAll(" {2,}", "  ").strip()))
        .containsExactly(
            "uptime  1 h 1 min 1 s",
            "upstreams  name quad9, round trip ms 12",
            "other",
            "",
            "queries",
            "answered  12,345");
  }
}
