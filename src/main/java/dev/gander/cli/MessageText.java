package dev.gander.cli;

import dev.gander.cli.QueryExchange.Outcome;
import dev.gander.cli.ReceivedMessage.Edns;
import dev.gander.cli.ReceivedMessage.QuestionLine;
import dev.gander.cli.ReceivedMessage.RecordLine;
import dev.gander.config.Endpoint;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An answer on paper: dig's layout for people, an object for scripts. */
final class MessageText {

  private MessageText() {}

  static void print(
      ReceivedMessage message, Outcome outcome, InetSocketAddress server, PrintWriter out) {
    out.printf(
        ";; %s, id %d, flags: %s%n",
        message.status(), message.id(), String.join(" ", message.flags()));
    message.edns().ifPresent(edns -> printEdns(edns, out));
    for (QuestionLine question : message.questions()) {
      out.printf(";; asked: %s %s %s%n", question.name(), question.recordClass(), question.type());
    }
    printSection("answer", message.answer(), out);
    printSection("authority", message.authority(), out);
    printSection("additional", message.additional(), out);
    out.printf(
        "%n;; from %s over %s in %s, %d bytes%n",
        Endpoint.text(server),
        outcome.transport(),
        Stages.milliseconds(outcome.nanos()),
        outcome.wire().length);
  }

  private static void printEdns(Edns edns, PrintWriter out) {
    out.printf(
        ";; EDNS version %d, udp size %d%s%n",
        edns.version(), edns.udpSize(), edns.dnssecOk() ? ", do" : "");
    edns.options().forEach(option -> out.println(";; " + option));
  }

  private static void printSection(String title, List<RecordLine> records, PrintWriter out) {
    if (records.isEmpty()) {
      return;
    }
    out.printf("%n;; %s%n", title);
    int width = records.stream().mapToInt(line -> line.name().length()).max().orElse(0);
    for (RecordLine line : records) {
      out.printf(
          "%-" + Math.max(width, 1) + "s  %6d  %s  %-6s %s%n",
          line.name(),
          line.ttl(),
          line.recordClass(),
          line.type(),
          line.data());
    }
  }

  static Map<String, Object> json(
      ReceivedMessage message, Outcome outcome, InetSocketAddress server) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("status", message.status());
    object.put("id", message.id());
    object.put("flags", message.flags());
    object.put(
        "question",
        message.questions().stream()
            .map(q -> Map.of("name", q.name(), "type", q.type(), "class", q.recordClass()))
            .toList());
    object.put("answer", records(message.answer()));
    object.put("authority", records(message.authority()));
    object.put("additional", records(message.additional()));
    message
        .edns()
        .ifPresent(edns -> {
          Map<String, Object> inner = new LinkedHashMap<>();
          inner.put("version", edns.version());
          inner.put("udp_size", edns.udpSize());
          inner.put("dnssec_ok", edns.dnssecOk());
          inner.put("options", edns.options());
          object.put("edns", inner);
        });
    object.put("server", Endpoint.text(server));
    object.put("transport", outcome.transport());
    object.put("milliseconds", Math.round(outcome.nanos() / 1e4) / 100.0);
    object.put("bytes", outcome.wire().length);
    return object;
  }

  private static List<Map<String, Object>> records(List<RecordLine> lines) {
    return lines.stream()
        .map(line -> {
          Map<String, Object> object = new LinkedHashMap<>();
          object.put("name", line.name());
          object.put("ttl", line.ttl());
          object.put("class", line.recordClass());
          object.put("type", line.type());
          object.put("data", line.data());
          return object;
        })
        .toList();
  }
}
