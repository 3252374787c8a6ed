package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.config.GlobalSettings;
import dev.gander.daemon.Requests.Change;
import dev.gander.daemon.Requests.End;
import dev.gander.intercept.KernelParameters;
import dev.gander.kernel.KernelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The life of one daemon: start, changes one after another, end. Everything here runs on the thread
 * that calls {@link #run}; signals and control clients only leave {@link Requests}.
 */
public final class Daemon {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");

  private final RunOptions options;
  private final Clock clock;
  private final Requests requests = new Requests();
  private final ServiceManager serviceManager;

  /** Nothing happens before {@link #run}. */
  public Daemon(RunOptions options, Clock clock) {
    this.options = options;
    this.clock = clock;
    this.serviceManager = new ServiceManager(options.environment(), clock);
  }

  /**
   * Runs until SIGTERM, SIGINT or {@link #end}.
   *
   * @throws ConfigException if the configuration is wrong; nothing was started
   * @throws StartException if the machine lacks something; nothing is left behind
   */
  public void run() throws ConfigException, StartException {
    Logging.start(options.log(), System.err);
    ConfigurationSource source =
        new ConfigurationSource(options.configuration(), options.environment());
    ConfigurationSource.Loaded loaded = source.load();
    Logging.level(loaded.settings().global().logLevel());
    try (RuntimeFiles files = RuntimeFiles.claim(options.runtimeDirectory());
        KernelParameters parameters = KernelParameters.open(files.parameters());
        EndWatch watch = new EndWatch(clock);
        Signals _ =
            Signals.install(
                () -> requestBySignal(Change.Kind.RELOAD, files),
                () -> requestBySignal(Change.Kind.SUSPEND, files),
                () -> requests.end("asked to end by a signal"));
        Service service = Service.start(loaded, clock);
        ControlServer _ =
            ControlServer.open(
                RuntimeFiles.controlSocket(files.directory()),
                new ControlCommands(service, requests)::handle)) {
      if (options.pidFile()) {
        files.writePid();
      }
      options.stateDirectory().ifPresent(service::keepCacheIn);
      apply(loaded.settings().global(), parameters);
      LOG.log(Level.INFO, "gander {0} is ready: {1}", Version.text(), service.summary());
      serviceManager.ready(service.summary());
      serve(service, source, files, parameters);
      serviceManager.stopping();
      watch.arm();
    } catch (IOException e) {
      throw new StartException(
          "run-time directory " + options.runtimeDirectory() + ": " + Failures.reason(e), e);
    }
  }

  /** Ends {@link #run}; any thread. */
  public void end() {
    requests.end("asked to end");
  }

  /** What the kernel refuses is told in the log: queries are answered without it. */
  private static void apply(GlobalSettings global, KernelParameters parameters) {
    try {
      parameters.apply(
          global.autoConfigKernelParameter() ? global.lanInterfaces() : List.of(),
          global.wanInterfaces(),
          global.onExit() == GlobalSettings.OnExit.KEEP);
    } catch (KernelException e) {
      LOG.log(Level.WARNING, "auto_config_kernel_parameter: {0}", e.getMessage());
    }
  }

  private void serve(
      Service service, ConfigurationSource source, RuntimeFiles files, KernelParameters parameters)
      throws IOException {
    try {
      while (true) {
        switch (requests.take()) {
          case Change change -> change(change, service, source, files, parameters);
          case End end -> {
            LOG.log(Level.INFO, end.reason());
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.log(Level.INFO, "interrupted: ending");
    }
  }

  private void requestBySignal(Change.Kind kind, RuntimeFiles files) {
    try {
      boolean abort = files.takeAbort();
      if (!requests.offer(new Change(kind, abort, progress -> {}))) {
        LOG.log(Level.INFO, "a change waits already; the signal adds nothing to it");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("abort file", e);
    }
  }

  private void change(
      Change change,
      Service service,
      ConfigurationSource source,
      RuntimeFiles files,
      KernelParameters parameters)
      throws IOException {
    String name = change.kind() == Change.Kind.RELOAD ? "reload" : "suspend";
    tell(change, files, new Progress(Progress.Code.PROCESSING, name));
    serviceManager.reloading();
    LOG.log(Level.INFO, "{0}: begins", name);
    long start = clock.nanoTime();
    Progress outcome;
    try {
      switch (change.kind()) {
        case RELOAD -> {
          ConfigurationSource.Loaded loaded = source.load();
          service.reload(loaded, change.abort());
          apply(loaded.settings().global(), parameters);
        }
        case SUSPEND -> service.suspend();
      }
      long millis = Duration.ofNanos(clock.nanoTime() - start).toMillis();
      outcome =
          new Progress(
              Progress.Code.DONE, name + ": done in " + millis + " ms; " + service.summary());
      LOG.log(Level.INFO, outcome.text());
    } catch (ConfigException e) {
      outcome =
          new Progress(
              Progress.Code.ERROR,
              e.diagnostics().stream().map(Diagnostic::toString).collect(Collectors.joining("\n")));
      LOG.log(Level.ERROR, "{0}: nothing is changed:\n{1}", name, outcome.text());
    } catch (StartException e) {
      outcome = new Progress(Progress.Code.ERROR, String.valueOf(e.getMessage()));
      LOG.log(Level.ERROR, "{0}: nothing is changed: {1}", name, e.getMessage());
    } catch (OutOfMemoryError e) {
      // Where a configuration is read and built, before anything is changed; it is garbage by now.
      outcome = new Progress(Progress.Code.ERROR, Failures.outOfMemory());
      LOG.log(Level.ERROR, "{0}: nothing is changed: {1}", name, outcome.text());
    }
    serviceManager.ready(service.summary());
    tell(change, files, outcome);
  }

  private static void tell(Change change, RuntimeFiles files, Progress progress)
      throws IOException {
    files.writeProgress(progress);
    change.watcher().accept(progress);
  }
}
