package dev.gander.daemon;

import dev.gander.daemon.Requests.Change;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** What the control socket can be asked; runs on the client's virtual thread. */
final class ControlCommands {

  /** Seconds. */
  private static final long LONGEST_PROBE = 3600;

  private final Service service;
  private final Requests requests;

  ControlCommands(Service service, Requests requests) {
    this.service = service;
    this.requests = requests;
  }

  void handle(Map<String, Object> request, ControlServer.Reply reply) throws IOException {
    String command = String.valueOf(request.get("command"));
    boolean abort = Boolean.TRUE.equals(request.get("abort"));
    switch (command) {
      case "status" -> reply.send(service.status());
      case "probe" -> reply.send(probe(request));
      case "check" -> reply.send(service.check());
      case "explain" -> reply.send(service.explain(AskedQuery.of(request)));
      case "leaks" -> reply.send(service.leaks());
      case "reload" -> change(Change.Kind.RELOAD, abort, reply);
      case "suspend" -> change(Change.Kind.SUSPEND, abort, reply);
      default -> throw new IllegalArgumentException("no such command: " + command);
    }
  }

  private Map<String, Object> probe(Map<String, Object> request) {
    String group = String.valueOf(request.getOrDefault("group", ""));
    Duration patience =
        request.get("seconds") instanceof Long seconds && seconds > 0 && seconds <= LONGEST_PROBE
            ? Duration.ofSeconds(seconds)
            : Duration.ZERO;
    return Map.of("nodes", service.probe(group, patience));
  }

  private void change(Change.Kind kind, boolean abort, ControlServer.Reply reply)
      throws IOException {
    BlockingQueue<Progress> steps = new LinkedBlockingQueue<>();
    if (!requests.offer(new Change(kind, abort, steps::add))) {
      send(new Progress(Progress.Code.BUSY, "another change waits already; try again"), reply);
      return;
    }
    try {
      Progress step;
      do {
        step = steps.take();
        send(step, reply);
      } while (!step.code().isFinal());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(Progress progress, ControlServer.Reply reply) throws IOException {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("progress", progress.code().name());
    line.put("text", progress.text());
    reply.send(line);
  }
}
