package dev.gander.doctor;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.daemon.StartException;
import dev.gander.daemon.UpstreamCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A question to each upstream: by the daemon if it runs, since it knows nodes of subscriptions and
 * its questions are never taken; else from here.
 */
final class UpstreamsCheck {

  /** Longer than any query may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Optional<Path> file;
  private final Map<String, String> environment;
  private final DaemonCheck daemon;
  private final Clock clock;
  private final Report report;

  UpstreamsCheck(
      Optional<Path> file,
      Map<String, String> environment,
      DaemonCheck daemon,
      Clock clock,
      Report report) {
    this.file = file;
    this.environment = environment;
    this.daemon = daemon;
    this.clock = clock;
    this.report = report;
  }

  void look() throws IOException {
    try {
      for (UpstreamCheck check : checks()) {
        tell(check);
      }
    } catch (ConfigException | StartException e) {
      report.warning("upstream", "none was asked: " + e.getMessage(), "");
    }
  }

  private List<UpstreamCheck> checks() throws IOException, ConfigException, StartException {
    if (daemon.client().isEmpty()) {
      return UpstreamCheck.ask(file, environment, clock);
    }
    Object rows = daemon.client().get().check(PATIENCE).get("upstreams");
    return rows instanceof List<?> list
        ? list.stream().map(row -> UpstreamCheck.of((Map<?, ?>) row)).toList()
        : List.of();
  }

  private void tell(UpstreamCheck check) {
    String who = "%s (%s)".formatted(check.name(), check.transport());
    String time = String.format(Locale.ROOT, "%.1f ms", check.nanos() / 1e6);
    if (!check.answered()) {
      report.wrong(
          "upstream",
          "%s does not answer: %s".formatted(who, check.text()),
          "gander query . NS @SERVER    # and look at its address, the route to it and firewalls");
    } else if (check.text().equals("NOERROR")) {
      report.ok("upstream", who + " answers in " + time);
    } else {
      report.warning(
          "upstream",
          "%s answers %s in %s".formatted(who, check.text(), time),
          "gander query . NS @SERVER    # does it serve this machine?");
    }
  }
}
