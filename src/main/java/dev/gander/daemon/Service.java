package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.config.Settings;
import dev.gander.controller.QueryController;
import dev.gander.forward.UpstreamStatus;
import dev.gander.group.Groups;
import dev.gander.observe.Counters;
import dev.gander.publish.Publisher;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What serves clients: the sockets and programs that survive reloads, and the generation in force
 * behind them. Changes come one at a time from the daemon's thread; {@link #status} may be asked by
 * any.
 */
final class Service implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");
  private static final Duration DRAIN = Duration.ofSeconds(10);
  private static final Duration LAST_DRAIN = Duration.ofSeconds(1);

  /** How long replies may take to leave once nothing is waited for any more. */
  private static final Duration LAST_REPLIES = Duration.ofMillis(300);

  private static final Duration PUBLISH_EVERY = Duration.ofSeconds(1);
  private static final Duration POLL = Duration.ofMillis(5);

  private final Clock clock;
  private final Surroundings surroundings;
  private final long startedMillis;
  private final long startedNanos;
  private final Counters counters = new Counters();
  private final Set<Diagnostic> told = new HashSet<>();
  private final BindListeners binds;
  private final Interception interception;
  private final Publisher publisher;
  private final Thread publishing;
  private volatile Generation current;
  private volatile boolean suspended;
  private @Nullable CacheKeeper keeper;

  private Service(ConfigurationSource.Loaded loaded, Clock clock) throws ConfigException {
    this.clock = clock;
    surroundings = Surroundings.real(clock);
    startedMillis = clock.epochMillis();
    startedNanos = clock.nanoTime();
    publisher = new Publisher(clock, Surroundings::interfaceIndex);
    current = Generation.build(loaded, null, counters, surroundings, publisher);
    publisher.switchTo(current.published(), () -> {});
    binds = new BindListeners(this::controller, counters, clock);
    interception = new Interception(this::controller, counters, clock, publisher);
    publishing = Thread.ofPlatform().daemon().name("gander-publish").start(this::publish);
  }

  /**
   * Builds the first generation and opens everything.
   *
   * @throws ConfigException if geodata that a rule needs is not there
   * @throws StartException if a socket or the kernel refuses; nothing is left behind
   */
  static Service start(ConfigurationSource.Loaded loaded, Clock clock)
      throws ConfigException, StartException {
    Service service = new Service(loaded, clock);
    try {
      service.tellWarnings(loaded);
      service.open(loaded.settings());
      return service;
    } catch (StartException | RuntimeException e) {
      service.close();
      throw e;
    }
  }

  /** From now on the cache is carried over restarts, by a file in {@code directory}. Once. */
  void keepCacheIn(Path directory) {
    keeper = CacheKeeper.start(directory, () -> current, clock);
  }

  /** Each second: the kernel hears that we live, the cache what the kernel has answered. */
  private void publish() {
    try {
      while (true) {
        clock.sleep(PUBLISH_EVERY);
        publisher.tick();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The controller in force: listeners ask for each batch, after they have read it. */
  private QueryController controller() {
    return current.controller();
  }

  /** Each once in the life of the process. */
  private void tellWarnings(ConfigurationSource.Loaded loaded) {
    for (Diagnostic warning : loaded.warnings()) {
      if (told.add(warning)) {
        LOG.log(Level.WARNING, warning.toString());
      }
    }
  }

  private void open(Settings settings) throws StartException {
    try (BindListeners.Plan plan = binds.prepare(settings.dns().bind())) {
      interception.apply(settings);
      plan.commit();
    }
  }

  /**
   * Puts {@code loaded} in the place of what is in force.
   *
   * @param abort cut off what is under way instead of waiting for it
   * @throws ConfigException if geodata is missing; nothing has changed
   * @throws StartException if a socket or an interface cannot be had; nothing has changed
   */
  void reload(ConfigurationSource.Loaded loaded, boolean abort)
      throws ConfigException, StartException {
    Generation before = current;
    Generation next = Generation.build(loaded, before, counters, surroundings, publisher);
    Settings settings = loaded.settings();
    try (BindListeners.Plan plan = binds.prepare(settings.dns().bind())) {
      interception.apply(settings);
      publisher.switchTo(next.published(), () -> current = next); // the one step
      plan.commit();
    } catch (StartException | RuntimeException | OutOfMemoryError e) {
      next.close();
      throw e;
    }
    suspended = false;
    tellWarnings(loaded);
    Logging.level(settings.global().logLevel());
    drainBehind(before, abort ? Duration.ZERO : DRAIN);
  }

  /** Takes programs and sockets away; the generation stays, for what is under way. */
  void suspend() throws StartException {
    try (BindListeners.Plan plan = binds.prepare(List.of())) {
      interception.suspend();
      plan.commit();
    }
    suspended = true;
  }

  private void drainBehind(Generation old, Duration patience) {
    Thread.ofPlatform()
        .daemon()
        .name("gander-drain-" + old.number())
        .start(() -> {
          int cut = old.drain(patience, true);
          if (cut > 0) {
            LOG.log(
                Level.WARNING,
                "generation {0}: {1} queries cut off after {2} s",
                old.number(),
                cut,
                patience.toSeconds());
          }
        });
  }

  /** One line for the log and for systemd. */
  String summary() {
    if (suspended) {
      return "suspended";
    }
    List<String> parts = new ArrayList<>(binds.endpoints());
    interception.interfaces().forEach(name -> parts.add("interface " + name));
    interception.wanInterfaces().forEach(name -> parts.add("programs by " + name));
    return "generation "
        + current.number()
        + " of "
        + current.configurationName()
        + (parts.isEmpty() ? ", serving nobody" : ", serving " + String.join(", ", parts));
  }

  /** What {@code gander status} shows; docs/OPERATING.md lists the fields. */
  Map<String, Object> status() {
    Generation generation = current;
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("version", Version.text());
    status.put("pid", ProcessHandle.current().pid());
    status.put("state", suspended ? "suspended" : "running");
    status.put("started", Instant.ofEpochMilli(startedMillis).toString());
    status.put("uptime_seconds", Duration.ofNanos(clock.nanoTime() - startedNanos).toSeconds());
    status.put("configuration", generation.configurationName());
    status.put("generation", generation.number());
    status.put("listeners", binds.endpoints());
    status.put("interfaces", interception.interfaces());
    status.put("wan_interfaces", interception.wanInterfaces());
    Map<String, Object> queries = new LinkedHashMap<>();
    binds.countDropped();
    interception.countDropped();
    counters.snapshot().forEach((counter, count) -> queries.put(counter.text(), count));
    queries.put("in_flight", generation.controller().inFlight());
    status.put("queries", queries);
    status.put(
        "cache",
        Map.of("entries", generation.cache().size(), "bytes", generation.cache().heapBytes()));
    status.put("upstreams", generation.upstreams().stream().map(Service::row).toList());
    List<Map<String, Object>> groups =
        generation.groups().map(NodeRows::ofGroups).orElse(List.of());
    if (!groups.isEmpty()) {
      status.put("groups", groups);
    }
    Map<String, Long> kernel = interception.counters();
    if (!kernel.isEmpty()) {
      status.put("kernel", kernel);
      status.put("kernel_answers", publisher.status());
      status.put("kernel_routing", publisher.traffic().status());
    }
    return status;
  }

  /**
   * How the nodes of groups do.
   *
   * @param group empty for all
   * @param patience how long they may be checked before; zero: not at all
   * @throws IllegalArgumentException if there is no such group
   */
  List<Map<String, Object>> probe(String group, Duration patience) {
    Optional<Groups> groups = current.groups();
    if (groups.isEmpty()) {
      throw new IllegalArgumentException("no rule sends anything to a group");
    }
    return NodeRows.probed(groups.get(), group, patience, clock);
  }

  /** Whether the upstreams answer; blocks until all have, or their time is up. */
  Map<String, Object> check() {
    return Map.of("upstreams", current.check().stream().map(UpstreamCheck::row).toList());
  }

  /** What {@code gander explain NAME} shows. */
  Map<String, Object> explain(AskedQuery asked) {
    return QueryExplanation.of(current, asked);
  }

  /** What {@code gander leaks} shows. */
  Map<String, Object> leaks() {
    return LeakReport.of(interception.leaks(), Surroundings::interfaceName, clock.nanoTime());
  }

  private static Map<String, Object> row(UpstreamStatus upstream) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", upstream.name());
    row.put("transport", upstream.transport());
    row.put("exit", upstream.exit());
    row.put("state", upstream.state());
    row.put("srtt_us", TimeUnit.NANOSECONDS.toMicros(upstream.smoothedNanos()));
    row.put("p95_us", TimeUnit.NANOSECONDS.toMicros(upstream.p95Nanos()));
    row.put("asked", upstream.asked());
    row.put("answered", upstream.answered());
    row.put("failed", upstream.failed());
    row.put("hedged", upstream.hedged());
    row.put("breaker", upstream.breaker());
    if (!upstream.designated().isEmpty()) {
      row.put("designated", upstream.designated());
    }
    if (!upstream.trouble().isEmpty()) {
      row.put("trouble", upstream.trouble());
    }
    return row;
  }

  /** Nothing more is taken, a short wait for what is under way, then all is taken down. */
  @Override
  public void close() {
    publishing.interrupt();
    interception.stopListening();
    binds.close();
    current.drain(LAST_DRAIN, false);
    letRepliesLeave();
    interception.close();
    if (keeper != null) {
      keeper.close();
    }
  }

  /** Who was cut off hears SERVFAIL, and that must still find its way through the datapath. */
  private void letRepliesLeave() {
    long deadline = clock.nanoTime() + LAST_REPLIES.toNanos();
    try {
      while (interception.underWay() > 0 && clock.nanoTime() - deadline < 0) {
        clock.sleep(POLL);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
