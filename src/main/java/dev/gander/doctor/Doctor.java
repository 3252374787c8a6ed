package dev.gander.doctor;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.config.Settings;
import dev.gander.daemon.Validation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at everything outside of gander that a configuration needs; changes nothing. Speaks of the
 * network namespace of the calling thread, and blocks for as long as upstreams are waited for.
 */
public final class Doctor {

  private final Optional<Path> file;
  private final Path runtimeDirectory;
  private final Map<String, String> environment;
  private final Clock clock;
  private final Report report = new Report();

  /**
   * @param file the configuration; empty: the built-in one
   * @param runtimeDirectory of the daemon that may run with it
   */
  public Doctor(
      Optional<Path> file, Path runtimeDirectory, Map<String, String> environment, Clock clock) {
    this.file = file;
    this.runtimeDirectory = runtimeDirectory;
    this.environment = environment;
    this.clock = clock;
  }

  /** Looks once; all that was found, what is fine too. */
  public List<Finding> examine() {
    Settings settings;
    try {
      settings = Validation.settings(file, environment);
    } catch (ConfigException e) {
      for (Diagnostic diagnostic : e.diagnostics()) {
        if (diagnostic.isError()) {
          report.wrong("configuration", diagnostic.toString(), "gander validate -c " + named());
        }
      }
      return report.findings();
    }
    report.ok("configuration", named() + " can be used");
    DaemonCheck daemon = DaemonCheck.of(runtimeDirectory, file, report);
    report.look("kernel", () -> new KernelCheck(settings, report).look());
    report.look("interface", () -> new LinkCheck(settings, daemon, report).look());
    report.look("port", () -> new PortCheck(settings, daemon, report).look());
    report.look("firewall", () -> new FirewallCheck(settings, report).look());
    report.look("clock", () -> new ClockCheck(settings, clock, report).look());
    report.look(
        "upstream", () -> new UpstreamsCheck(file, environment, daemon, clock, report).look());
    return report.findings();
  }

  private String named() {
    return file.map(Path::toString).orElse("the built-in configuration");
  }
}
