package dev.gander.cli;

import dev.gander.clock.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What each stage on the way to an answer took, and which one it is now. Any thread. */
final class Stages {

  /** The first: the server's name becomes an address. */
  static final String RESOLVE = "resolve";

  /** TLS or QUIC. */
  static final String HANDSHAKE = "handshake";

  /** From the question to its answer. */
  static final String ASK = "ask";

  /** One that is over. */
  record Stage(String name, long nanos) {}

  private final Clock clock;
  private final List<Stage> over = new ArrayList<>();
  private String now = "";
  private long since;

  Stages(Clock clock) {
    this.clock = clock;
  }

  /** The stage at hand is over, and this one begins; nothing if it has begun already. */
  synchronized void enter(String name) {
    if (!name.equals(now)) {
      end();
      now = name;
    }
  }

  /** The stage at hand is over, and none follows. */
  synchronized void end() {
    long time = clock.nanoTime();
    if (!now.isEmpty()) {
      over.add(new Stage(now, time - since));
    }
    now = "";
    since = time;
  }

  /** Those that are over. */
  synchronized List<Stage> over() {
    return List.copyOf(over);
  }

  /** The one that is under way; empty if none is. */
  synchronized String now() {
    return now;
  }

  /** {@code resolve 0.10 ms, connect 1.20 ms}: those that are over. */
  String text() {
    return over().stream()
        .map(it -> it.name() + " " + milliseconds(it.nanos()))
        .collect(Collectors.joining(", "));
  }

  /**
   * {@code failed in handshake after 12.00 ms; before: resolve 0.10 ms, connect 1.20 ms}; empty
   * outside of any stage.
   */
  synchronized String failure() {
    if (now.isEmpty()) {
      return "";
    }
    String before = over.isEmpty() ? "" : "; before: " + text();
    return "failed in " + now + " after " + milliseconds(clock.nanoTime() - since) + before;
  }

  /** For scripts: milliseconds by the names of those that are over. */
  Map<String, Object> json() {
    Map<String, Object> object = new LinkedHashMap<>();
    over().forEach(it -> object.put(it.name(), Math.round(it.nanos() / 1e4) / 100.0));
    return object;
  }

  static String milliseconds(long nanos) {
    return String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
  }
}
