package dev.gander.cli;

import dev.gander.daemon.FlowExplanation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code gander explain} has found out, as lines for people. */
final class Explained {

  private final PrintWriter out;

  Explained(PrintWriter out) {
    this.out = out;
  }

  void print(FlowExplanation flow) {
    out.println(decided(rule(flow)));
    out.printf(
        "outbound %s%s%s%n",
        flow.outbound(),
        flow.must() ? ", for DNS too (must)" : "",
        flow.mark() == 0 ? "" : String.format(Locale.ROOT, ", mark 0x%x", flow.mark()));
    out.println(flow.fate());
    out.printf("decided in the kernel, by %s%n", flow.judgedBy());
  }

  static Map<String, Object> json(FlowExplanation flow) {
    Map<String, Object> object = new LinkedHashMap<>(rule(flow));
    object.put("outbound", flow.outbound());
    object.put("must", flow.must());
    object.put("mark", flow.mark());
    object.put("decided_by", "kernel " + flow.judgedBy());
    object.put("fate", flow.fate());
    return object;
  }

  private static Map<String, Object> rule(FlowExplanation flow) {
    Map<String, Object> rule = new LinkedHashMap<>();
    rule.put("file", flow.rule().file());
    rule.put("line", flow.rule().line());
    rule.put("column", flow.rule().column());
    rule.put("fallback", flow.fallback());
    return rule;
  }

  /** Fields as {@code docs/OPERATING.md} lists them. */
  void print(Map<String, Object> question) {
    out.printf("%s %s%n", question.get("name"), question.get("type"));
    if (question.get("packet_rule") instanceof Map<?, ?> rule) {
      out.println("packet: " + decided(rule));
    }
    if (question.get("request_rule") instanceof Map<?, ?> rule) {
      out.println("request: " + decided(rule));
    }
    out.println(question.get("outcome"));
    rows(question, "upstreams").forEach(this::upstream);
    List<?> responses = rows(question, "response_rules");
    if (!responses.isEmpty()) {
      out.println("the first of these that matches its answer decides:");
    }
    for (Object response : responses) {
      Map<?, ?> rule = (Map<?, ?>) response;
      out.printf("  %s (%s)%n", decided(rule), rule.get("outbound"));
    }
    if (question.get("cached") instanceof Boolean cached) {
      out.println(
          cached
              ? "cached, for " + question.get("cached_seconds") + " s more"
              : "not cached, or stale");
    }
    if (question.get("kernel") != null) {
      out.println("the kernel " + question.get("kernel"));
    }
  }

  private void upstream(Object row) {
    Map<?, ?> upstream = (Map<?, ?>) row;
    Object url = upstream.get("url");
    out.printf("  %s%s%n", upstream.get("name"), url == null ? "" : ": " + url);
    if (upstream.get("traffic_rule") instanceof Map<?, ?> rule) {
      out.println("    traffic: " + decided(rule));
    }
    if (upstream.get("address") != null) {
      out.println("    its address is " + upstream.get("address"));
    }
    if (upstream.get("way") != null) {
      out.println("    " + upstream.get("way"));
    }
  }

  private static List<?> rows(Map<String, Object> question, String key) {
    return question.get(key) instanceof List<?> rows ? rows : List.of();
  }

  private static String decided(Map<?, ?> rule) {
    String place = rule.get("file") + ":" + rule.get("line") + ":" + rule.get("column");
    if (Boolean.TRUE.equals(rule.get("fallback"))) {
      return "no rule matches; fallback at " + place;
    }
    return "rule at " + place + ": " + text(rule);
  }

  /** The rule as the file has it; nothing if it cannot be read any more. */
  private static String text(Map<?, ?> rule) {
    try {
      List<String> lines = Files.readAllLines(Path.of(String.valueOf(rule.get("file"))));
      int line = rule.get("line") instanceof Number number ? number.intValue() : 0;
      return lines.get(line - 1).strip();
    } catch (IOException | IndexOutOfBoundsException e) {
      return "";
    }
  }
}
